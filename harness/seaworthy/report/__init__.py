# SPDX-License-Identifier: GPL-2.0-only
"""Reports: everything here is rendered from one seaworthy.matrix/1 document, and from nothing else."""
from __future__ import annotations

from .cli import load_result, main, render_all
from .terminal import print_matrix

__all__ = ["load_result", "main", "print_matrix", "render_all"]
