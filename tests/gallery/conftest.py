from __future__ import annotations

from tests.page.conftest import browser as browser
from tests.page.conftest import open_page as open_page
