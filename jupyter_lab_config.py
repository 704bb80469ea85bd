"""JupyterLab's configuration for the course, found by any `jupyter lab` that starts in this folder."""

import os
import sys
from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821

# overrides.json there sets the interface to Spanish, here and on Binder.
c.LabApp.app_settings_dir = str(Path(__file__).parent / "binder")
# Containers run as root.
c.ServerApp.allow_root = True
# A machine without a screen: print the address, and do not start a text browser.
c.ServerApp.open_browser = sys.platform != "linux" or any(
    os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
)
