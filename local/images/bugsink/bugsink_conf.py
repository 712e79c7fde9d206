"""Settings of Bugsink, read by Django. What differs between stacks comes from the environment, secrets from files."""

from pathlib import Path

from bugsink.settings.default import *
from bugsink.settings.default import DATABASES, LOGGING, SILENCED_SYSTEM_CHECKS

from environment import required, secret, whole

DATA_DIR = Path(required("DATA_DIR"))
SECRET_KEY = secret("secret-key")
DEBUG = False
DEBUG_CSRF = False
TIME_ZONE = "UTC"

# Its own errors go to its log. A tracker that reports to itself loses them when it is ill.
SENTRY_DSN = None

DATABASES["default"]["NAME"] = str(DATA_DIR / "bugsink.sqlite3")
DATABASES["snappea"]["NAME"] = str(DATA_DIR / "snappea.sqlite3")
# Events are digested in the request that brings them: one process, and what was answered with 200 is there to be read.
SNAPPEA = {"TASK_ALWAYS_EAGER": True}

# Nobody is written to: alerts are the platform's own business.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# Pods reach it by the name of its Service, people by localhost, probes by the pod's address. It stands behind no proxy
# that trusts a Host header.
ALLOWED_HOSTS = ["*"]
# Without TLS a browser would not send a secure cookie back; the port is on the loopback address only.
SILENCED_SYSTEM_CHECKS += ["security.W012", "security.W016"]

# What a client does wrong is its own to know. Django would log each refusal with a stack, and Bugsink puts the key
# that was sent into it.
LOGGING["loggers"]["django.request"] = {"level": "ERROR", "handlers": ["console"], "propagate": False}

KIB = 1024

BUGSINK = {
    "BASE_URL": required("BASE_URL").rstrip("/"),
    "SITE_TITLE": "GoLive errors",
    # The one account is made at start, from the Secret.
    "SINGLE_USER": True,
    "SINGLE_TEAM": True,
    "USER_REGISTRATION": "CB_NOBODY",
    # No connection to the outside, whatever somebody clicks.
    "PHONEHOME": False,
    "ALERTS_WEBHOOK_OUTBOUND_MODE": "allowlist_only",
    "ALERTS_WEBHOOK_ALLOW_LIST": [],
    "INGEST_STORE_BASE_DIR": str(DATA_DIR / "ingestion"),
    # Above it the oldest and least telling events go.
    "MAX_RETENTION_EVENT_COUNT": whole("RETENTION_EVENTS", 100),
    # Bounds of what one sender can make it hold in memory; an event of a Node service is 5 to 40 KiB.
    "MAX_EVENT_SIZE": 512 * KIB,
    "MAX_ENVELOPE_SIZE": 2048 * KIB,
    "MAX_ENVELOPE_COMPRESSED_SIZE": 1024 * KIB,
    "MAX_ATTACHMENT_SIZE": 512 * KIB,
    # Source maps of a frontend.
    "MAX_FILE_SIZE": 64 * KIB * KIB,
    "MAX_STORED_FILE_BYTES": 128 * KIB * KIB,
    "MINIMIZE_INFORMATION_EXPOSURE": True,
}
