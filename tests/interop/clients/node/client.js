// node soap: reads the contract, asks the questions of a file, prints the answers as JSON.
const fs = require('fs');
const soap = require('soap');

const [, , contract, file] = process.argv;
// Days and instants stay the texts they are.
const asText = { date: (text) => text, dateTime: (text) => text };

async function main() {
  const client = await soap.createClientAsync(contract, { customDeserializer: asText });
  const answers = [];
  for (const question of JSON.parse(fs.readFileSync(file, 'utf8'))) {
    client.clearSoapHeaders();
    client.addSoapHeader(question.headerXml);
    try {
      const [answer, raw] = await client[`${question.operation}Async`](question.request);
      answers.push({ answer, raw });
    } catch (error) {
      answers.push({ fault: error.message });
    }
  }
  process.stdout.write(JSON.stringify(answers));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
