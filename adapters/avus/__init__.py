"""The unified admission system (AVUS) as we call it: signed messages, their delivery, and a stand-in that speaks the same contract."""

NAMESPACE = "http://viis.gov.lv/avus/intake/v1"
MESSAGES = "http://viis.gov.lv/avus/message/v1"
SCHEMA = "avus-message.xsd"
CONTRACT = "avus-intake.wsdl"
OPERATION = "deliverMessage"
SERVICE_VERSION = "v1"
