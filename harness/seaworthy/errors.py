# SPDX-License-Identifier: GPL-2.0-only
"""The one exception that reaches the user, and the contract of exit statuses (lib/sw_exit.h)."""

from __future__ import annotations

import errno

EXIT_OK = 0
EXIT_FAIL = 1
EXIT_DEGRADED = 2
EXIT_UNKNOWN = 3
EXIT_USAGE = 64


class HarnessError(Exception):
    """What was tried, on what, what came back, and what to do: one line or a few for a person."""

    def __init__(self, message: str, status: int = EXIT_UNKNOWN) -> None:
        super().__init__(message)
        self.status = status


def os_reason(error: OSError) -> str:
    """The reason of a failed system call, with what to do where that is plain."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{reason}: free some space, or choose another place"
    return reason
