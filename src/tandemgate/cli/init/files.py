"""The files of a first setup, as a person would write them."""

from typing import Final

from tandemgate.cli.init.answers import Answers
from tandemgate.settings.writing import toml

SETTINGS: Final = "tandemgate.toml"
STORE_KEY: Final = "tandemgate.key"
ADMIN_KEY: Final = "admin.key"
DATABASE: Final = "tandemgate.db"

_TEMPLATE: Final = """\
# tandemgate, set up for {site}. `tandemgate config show` tells what is in force, and
# docs/reference/settings.md what else there is to set.

[server]
# Behind a proxy with TLS; in a container 0.0.0.0:8080.
listen = "127.0.0.1:8080"
# How pages and servers reach it.
public_url = {public_url}
# The proxy's network, like "127.0.0.0/8", so that it is believed about visitors' addresses.
trusted_proxies = []

[store]
url = "sqlite:///{database}"
# It opens what waits: keep a copy elsewhere, apart from backups.
key = {{ file = "{store_key}" }}
{tiktok}
[[pixels]]
id = {pixel}
name = {name}
advertiser_id = {advertiser}
# Its access token is sealed in the store: tandemgate tokens set {plain_pixel}
# Pages on other hosts get a finding.
domains = {domains}
# Of events that state none; "" is treated as a region where consent must be stated.
default_region = {region}
# What a denial removes: guide, strict or drop (docs/consent.md).
consent_profile = {profile}
# For phone numbers in national form; "" drops them, nothing is guessed.
phone_region = {phone_region}

# The shop's pages. Their key is no secret: it opens browser events from these pages alone.
[[keys]]
kind = "browser"
name = "pages"
secret = "{browser_key}"
pixels = [{pixel}]
origins = {origins}

# Whoever operates the gateway on this machine. The shop's servers have keys that are made,
# exchanged and revoked while it runs: tandemgate keys list.
[[keys]]
kind = "admin"
name = "operator"
secret = {{ file = "{admin_key}" }}
"""


def settings_text(answers: Answers, browser_key: str) -> str:
    """Write the settings file; comments say what a line is for."""
    elsewhere = answers.tiktok_url and f"\n[tiktok]\nbase_url = {toml(answers.tiktok_url)}\n"
    return _TEMPLATE.format(
        site=answers.site or answers.domains[0],
        public_url=toml(answers.public_url),
        database=DATABASE,
        store_key=STORE_KEY,
        admin_key=ADMIN_KEY,
        tiktok=elsewhere or "",
        pixel=toml(answers.pixel),
        plain_pixel=answers.pixel,
        name=toml(answers.site),
        advertiser=toml(answers.advertiser),
        domains=toml(answers.domains),
        region=toml(answers.region),
        profile=toml(answers.profile),
        phone_region=toml(answers.region.partition("-")[0]),
        browser_key=browser_key,
        origins=toml(tuple(f"https://{host}" for host in answers.domains)),
    )
