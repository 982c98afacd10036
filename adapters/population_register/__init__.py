"""The population register (Fizisko personu reģistrs) as we call it: the client, and a stand-in server that speaks the same contract."""

NAMESPACE = "http://viis.gov.lv/xroad/population-register/v1"
CONTRACT = "population-register.wsdl"
SERVICE_VERSION = "v1"
PROVIDER = "LV-DEV/GOV/PMLP/population-register"
