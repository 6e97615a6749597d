# SPDX-License-Identifier: GPL-2.0-only
"""The host side of Seaworthy: kernels, machines, results."""

VERSION = "0.1.0"
