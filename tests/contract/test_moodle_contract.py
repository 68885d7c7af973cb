"""Moodle passes the contract by both of its ways through the web service."""

from __future__ import annotations

from lms_adapters import moodle
from tests.contract.moodle_site import MoodleBatchSite, MoodleSite
from tests.contract.suite import AdapterContract


class TestMoodleReport(AdapterContract):
    module, site = moodle, MoodleSite


class TestMoodleBatch(AdapterContract):
    module, site = moodle, MoodleBatchSite
