"""The journal of disclosures by REST, as Estonia's data tracker (andmejälgija) expects it: version 2.0.0 of its usage service.

Source: e-gov/AJ, doc/spetsifikatsioonid/dumonitor-openapi-v2.yaml. Called through X-Road (message protocol for REST), so who asks stands in
X-Road-Client, the person in front of the portal in X-Road-UserId, the message in X-Road-Id.
"""
