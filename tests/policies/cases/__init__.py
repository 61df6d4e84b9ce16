"""The table of decision cases: a change of the permitted question, and what must become of what it asks."""

from tests.policies.cases.acting import ACTING
from tests.policies.cases.attributes import ATTRIBUTES
from tests.policies.cases.calling import CALLING
from tests.policies.cases.consents import CONSENTS
from tests.policies.cases.order import ORDER
from tests.policies.cases.oversight import OVERSIGHT
from tests.policies.cases.representing import REPRESENTING
from tests.policies.cases.table import Case

__all__ = ["CASES", "Case"]

CASES = [*CALLING, *ACTING, *REPRESENTING, *ATTRIBUTES, *CONSENTS, *OVERSIGHT, *ORDER]
