"""Makes Bugsink what the environment and the mounted Secret say, whatever it was before, and becomes its web server."""

import io
import os
import sys
from pathlib import Path

from environment import ConfigFault, hexadecimal, required, secret, whole

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bugsink_conf")

# Id and name of each project. The id stands in the DSN, so it is given here and not left to the database.
PROJECTS = {1: "backend", 2: "frontend"}
TEAM = "GoLive"
TOKEN = "golive: reads events"
# SQLite has one writer, so more processes would only wait for each other.
THREADS = 4


def ensure_account(email: str, password: str):
    """The account that people log in with. The Secret is right: a new seed, or a word lost, needs a restart only."""
    from django.contrib.auth import get_user_model

    user, _ = get_user_model().objects.get_or_create(username=email, defaults={"email": email})
    user.is_active = user.is_staff = user.is_superuser = True
    # Sets are skipped where they change nothing: a new hash would end everybody's session.
    if not user.check_password(password):
        user.set_password(password)
    user.save()
    return user


def ensure_projects(owner, keys: dict[int, str]) -> None:
    from projects.models import Project, ProjectMembership, ProjectRole
    from teams.models import Team, TeamMembership, TeamRole

    team, _ = Team.objects.get_or_create(name=TEAM)
    accepted = {"accepted": True}
    TeamMembership.objects.update_or_create(team=team, user=owner, defaults={"role": TeamRole.ADMIN, **accepted})
    for id, key in keys.items():
        wanted = {"name": PROJECTS[id], "team": team, "sentry_key": key, "is_deleted": False}
        project, _ = Project.objects.update_or_create(id=id, defaults=wanted)
        # Without a membership the start page shows no issue.
        ProjectMembership.objects.update_or_create(
            project=project, user=owner, defaults={"role": ProjectRole.ADMIN, **accepted}
        )


def ensure_token(token: str) -> None:
    """What `golive trace` reads with; it can change nothing. Earlier ones go, other people's stay."""
    from bsmain.models import AuthToken

    AuthToken.objects.filter(description=TOKEN).exclude(token=token).delete()
    reads = {"issues_read": True, "events_read": True}
    AuthToken.objects.update_or_create(token=token, defaults={"description": TOKEN, **reads})


def prepare() -> list[str]:
    """Everything before the first request; the web server's command line."""
    # All of it, so that a fault is told before the disk is touched.
    port = whole("PORT", 1)
    email = required("ADMIN_EMAIL")
    keys = {id: hexadecimal(f"{name}-key", 32) for id, name in PROJECTS.items()}
    token = hexadecimal("api-token", 40)
    password = secret("admin-password")

    import django
    from django.core.management import call_command
    from django.db import transaction

    django.setup()
    # Loads every view, as the first request would: a package that is not whole stops the start, and not each request.
    call_command("check", stdout=io.StringIO())
    call_command("migrate", interactive=False, verbosity=0)
    call_command("migrate", interactive=False, verbosity=0, database="snappea")
    with transaction.atomic():
        ensure_projects(ensure_account(email, password), keys)
        ensure_token(token)
    # Tags of events that are gone, and files above the bound: nothing else takes them away.
    call_command("vacuum", stdout=io.StringIO())
    print(f"bugsink: {', '.join(PROJECTS.values())} are ready, serving on port {port}", flush=True)
    return [
        f"--bind=0.0.0.0:{port}",
        "--workers=1",
        f"--threads={THREADS}",
        # Liveness of the worker is a file that it touches; memory, since the root cannot be written to.
        "--worker-tmp-dir=/dev/shm",
        "--no-control-socket",
        # Shorter than the pod's grace.
        "--graceful-timeout=15",
        "bugsink.wsgi",
    ]


if __name__ == "__main__":
    try:
        arguments = prepare()
    except ConfigFault as fault:
        sys.exit(f"bugsink: {fault}")
    gunicorn = str(Path(sys.executable).parent / "gunicorn")
    os.execv(gunicorn, [gunicorn, *arguments])
