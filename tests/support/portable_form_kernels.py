"""The same test kernels under another name, to be compiled without the assembly of one kind of CPU."""

from tests.support.form_kernels import SPECS

__all__ = ["SPECS"]
