"""SCORM Cloud as a source."""

from lms_adapters.scorm_cloud.adapter import SPEC, ScormCloudAdapter, make

__all__ = ["SPEC", "ScormCloudAdapter", "make"]
