# SPDX-License-Identifier: GPL-2.0-only
"""Reports: all of them are rendered from one seaworthy.matrix/1 document and nothing else."""
from __future__ import annotations

from .cli import load_result, main, render_all
from .terminal import print_matrix

__all__ = ["load_result", "main", "print_matrix", "render_all"]
