<?php
// PHP's SoapClient: reads the contract, asks the questions of a file, prints the answers as JSON.
ini_set('soap.wsdl_cache_enabled', '0');
[, $contract, $file] = $argv;
const XROAD = 'http://x-road.eu/xsd/xroad.xsd';
$client = new SoapClient($contract, ['trace' => true, 'exceptions' => true, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS]);
$answers = [];
foreach (json_decode(file_get_contents($file), true) as $question) {
    $headers = [];
    foreach ($question['header'] as $name => $value) {
        $headers[] = new SoapHeader(XROAD, $name, $value);
    }
    try {
        $answer = $client->__soapCall($question['operation'], [$question['request']], null, $headers);
        $answers[] = ['answer' => $answer, 'raw' => $client->__getLastResponse()];
    } catch (SoapFault $fault) {
        $answers[] = ['fault' => $fault->getMessage()];
    }
}
echo json_encode($answers, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
