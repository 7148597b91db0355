"""Signs users in with mozilla-django-oidc, python-social-auth and requests-oauthlib, one page for each."""

import os
import sys

import django
from django.conf import settings
from django.http import HttpResponseRedirect, JsonResponse
from django.urls import include, path

issuer, base = os.environ["ISSUER"], os.environ["BASE_URL"]
client_id, client_secret = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
scope = "openid profile email roles groups"
callback = base + "/oauthlib/callback"

settings.configure(
    DEBUG=True,
    SECRET_KEY="x" * 50,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}},
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
        "social_django",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "mozilla_django_oidc.middleware.SessionRefresh",
    ],
    AUTHENTICATION_BACKENDS=[
        "social_core.backends.open_id_connect.OpenIdConnectAuth",
        "mozilla_django_oidc.auth.OIDCAuthenticationBackend",
    ],
    LOGIN_REDIRECT_URL="/me",
    OIDC_RP_CLIENT_ID=client_id,
    OIDC_RP_CLIENT_SECRET=client_secret,
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES=scope,
    OIDC_USE_PKCE=True,
    OIDC_STORE_ID_TOKEN=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=issuer + "/oauth2/authorize",
    OIDC_OP_TOKEN_ENDPOINT=issuer + "/oauth2/token",
    OIDC_OP_USER_ENDPOINT=issuer + "/oauth2/userinfo",
    OIDC_OP_JWKS_ENDPOINT=issuer + "/.well-known/jwks.json",
    # Each page asks the provider again, by prompt=none.
    OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS=int(os.environ.get("RENEW_SECONDS", "1")),
    SOCIAL_AUTH_OIDC_OIDC_ENDPOINT=issuer,
    SOCIAL_AUTH_OIDC_KEY=client_id,
    SOCIAL_AUTH_OIDC_SECRET=client_secret,
    SOCIAL_AUTH_OIDC_SCOPE=["roles", "groups"],
    SOCIAL_AUTH_OIDC_EXTRA_DATA=["roles", "groups", "refresh_token"],
)
django.setup()

from django.contrib.auth import logout  # noqa: E402
from requests_oauthlib import OAuth2Session  # noqa: E402
from social_core.actions import do_auth  # noqa: E402
from social_django.utils import load_strategy, psa  # noqa: E402


def me(request):
    user = request.user
    if not user.is_authenticated:
        return JsonResponse({"user": None})
    found = {"user": user.email, "by": request.session["_auth_user_backend"].split(".")[0]}
    linked = getattr(user, "social_auth", None) and user.social_auth.first()
    if linked:
        found |= {"sub": linked.uid, "roles": linked.extra_data.get("roles"), "name": user.username}
        before = linked.extra_data["access_token"]
        linked.refresh_token(load_strategy(request))
        found["refreshed"] = linked.extra_data["access_token"] != before
    return JsonResponse(found)


def sign_out(request):
    logout(request)
    return HttpResponseRedirect(issuer + "/oauth2/logout")


@psa("social:complete")
def social_start(request, backend):
    return do_auth(request.backend)


def start(request):
    session = OAuth2Session(client_id, scope=scope.split(), redirect_uri=callback, pkce="S256")
    url, state = session.authorization_url(issuer + "/oauth2/authorize")
    request.session["oauthlib"] = [state, session._code_verifier]
    return HttpResponseRedirect(url)


def finish(request):
    state, verifier = request.session["oauthlib"]
    session = OAuth2Session(client_id, state=state, redirect_uri=callback, scope=scope.split())
    endpoint = issuer + "/oauth2/token"
    session.fetch_token(
        endpoint,
        authorization_response=request.build_absolute_uri(),
        client_secret=client_secret,
        code_verifier=verifier,
    )
    first = session.token
    token = session.refresh_token(endpoint, auth=(client_id, client_secret))
    claims = session.get(issuer + "/oauth2/userinfo").json()
    is_new = token["access_token"] != first["access_token"]
    return JsonResponse({"refreshed": is_new, "scope": sorted(token["scope"]), **claims})


urlpatterns = [
    path("", lambda request: JsonResponse({})),
    path("me", me),
    path("sign-out", sign_out),
    path("oidc/", include("mozilla_django_oidc.urls")),
    path("social-start/<str:backend>/", social_start),
    path("social/", include("social_django.urls", namespace="social")),
    path("oauthlib/start", start),
    path("oauthlib/callback", finish),
]

if __name__ == "__main__":
    from django.core.management import call_command, execute_from_command_line

    call_command("migrate", verbosity=0)
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", os.environ["PORT"]])
