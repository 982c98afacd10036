"""Every setting of the program (iestatījumi), read here and nowhere else; each is an environment variable `VIIS_…`."""

from pathlib import Path

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be configured. `viis settings` prints names, values and meanings."""

    model_config = SettingsConfigDict(env_prefix="VIIS_", env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address the SOAP service listens on.")
    port: int = Field(8080, ge=1, le=65535, description="Port of the SOAP service.")
    public_url: str = Field("", description="Address that the served contracts name; made from the port when empty.")
    demo: bool = Field(
        False, description="Whether plain HTTP on loopback is believed, to try the service; viis run turns it on, production never does."
    )
    tls_certificate: Path | None = Field(None, description="Our certificate for viis serve --tls, PEM; RSA suits every security server.")
    tls_key: Path | None = Field(None, description="Its key, PEM without a password.")
    tls_pins: Path | None = Field(
        None, description="The security server's internal TLS certificate; several in the file or folder while one replaces another."
    )
    socket: Path | None = Field(None, description="Unix socket to listen on instead, in a private folder, for a proxy on this machine.")
    socket_group: str = Field("", description="Group that may use the socket; empty: that of this user.")
    data: Path = Field(Path("var"), description="Folder for everything that is kept.")
    register_url: str = Field("", description="PostgreSQL address of the register; empty: the PostgreSQL that comes with the program.")
    replica_url: str = Field(
        "",
        description="PostgreSQL address of the replication database, of several hosts too; empty: as the register, comes along or is its.",
    )
    feeds_url: str = Field("", description="PostgreSQL address of the server of municipalities' databases; empty: the first replica's.")
    replication_url: str = Field(
        "", description="PostgreSQL address of the register as the replica's server reaches it; empty: that of the register."
    )
    pg_bindir: Path | None = Field(None, description="Folder with PostgreSQL 16+ programs, instead of those that come with the program.")
    population_register_url: str = Field("", description="Address of the population register; empty: the stand-in server (viis run).")
    population_register_timeout: float = Field(
        90.0, gt=0, description="Seconds to wait for an answer of the population register: its own 60 and the way."
    )
    request_hash: str = Field("if-present", pattern="^(require|if-present|off)$", description="Check of requestHash in answers we receive.")
    xroad_client: str = Field("LV-DEV/GOV/IZM/viis", description="Who we are in X-Road, asked and asking: instance/class/member/subsystem.")
    people: int = Field(4000, ge=100, description="Size of the made-up nation that viis run loads into an empty register.")
    seed: int = Field(1, description="Seed of the made-up nation.")
    user: str = Field("", description="Who uses viis access, when --user is left out.")
    workers: int = Field(2, ge=1, description="Worker processes of the SOAP service.")
    threads: int = Field(4, ge=1, description="Threads of a worker process.")
    feed_days: int = Field(30, ge=1, description="Days for which the change feed keeps what a newer change supersedes.")
    jobs: bool = Field(True, description="Whether viis serve runs viis jobs beside itself; false where it runs on another machine.")
    deliver: int = Field(
        1, ge=0, description="How many programs that publish results and deliver messages viis serve runs beside itself; 0: elsewhere."
    )
    avus_url: str = Field(
        "", description="Address that messages to admission systems (AVUS) are sent to; empty: none are, viis run has a stand-in."
    )
    avus_timeout: float = Field(30.0, gt=0, description="Seconds to wait for the receipt of a message to an admission system.")
    signing: Path = Field(
        Path(), description="Folder of the keys and certificates that sign: NAME.key.pem, NAME.cert.pem; empty: <VIIS_DATA>/signing."
    )
    disclosure_heads: Path = Field(
        Path(),
        description="Folder for the heads of the journal of disclosures, best on another machine; empty: <VIIS_DATA>/disclosure-heads.",
    )
    disclosure_years: int = Field(5, ge=1, description="Years for which disclosures are kept; viis disclosures expire removes older ones.")
    health_host: str = Field("127.0.0.1", description="Address that /live, /ready and /metrics are answered on.")
    health_port: int = Field(-1, ge=-1, le=65535, description="Port of /live, /ready and /metrics; -1: VIIS_PORT + 1000; 0: none.")
    otel: bool = Field(False, description="Whether calls become OpenTelemetry spans; OTEL_EXPORTER_OTLP_… variables say where they go.")
    log_format: str = Field(
        "", pattern="^(|json|text)$", description="Form of log lines: json, text; empty: by whether a terminal shows them."
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least severity that is logged.")

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("public_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("an address begins with http:// or https://")
        return value.rstrip("/")

    @field_validator("avus_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("an address begins with http:// or https://")
        return value

    @model_validator(mode="after")
    def _made_from_others(self) -> "Settings":
        folder = self.data / "signing" if self.signing == Path() else self.signing.expanduser().absolute()
        object.__setattr__(self, "signing", folder)
        heads = self.data / "disclosure-heads" if self.disclosure_heads == Path() else self.disclosure_heads.expanduser().absolute()
        object.__setattr__(self, "disclosure_heads", heads)
        if not self.public_url:
            scheme = "http" if self.tls_certificate is None else "https"
            object.__setattr__(self, "public_url", f"{scheme}://127.0.0.1:{self.port}")
        if self.health_port == -1:
            beside = self.port + 1000
            object.__setattr__(self, "health_port", beside if beside < 65536 else self.port - 1000)
        return self
