# Perl's SOAP::Lite: asks the questions of a file, prints the answers as JSON. Addresses, namespaces and the order of elements are the contract's.
use strict;
use warnings;
use JSON::PP;
use SOAP::Lite;

my ($contract, $file) = @ARGV;
open(my $input, '<:raw', $file) or die "$file: $!";
my $questions = decode_json(do { local $/; <$input> });
my $schema = SOAP::Schema->new(schema_url => $contract);
$schema->parse;
my %known = map { %$_ } values %{ $schema->services };

# What stands in elements of named types, in the order of the schema: SOAP::Lite does not look into them.
my @INNER = qw(
    item applicant receipt code reference kind subject level schoolYear session publishAt messageId capacity
    senderKey examination candidate personalCode givenName surname birthDate institution outcome scale value
    programme main classLevel classGroup status startedOn parts part name percent series number dimension
);

# SOAP::Lite types and nils what it encodes itself; for a contract with a schema its users hand it XML.
sub elements {
    my ($prefix, $fields, @order) = @_;
    my $written = '';
    for my $name (grep { exists $fields->{$_} } @order) {
        for my $value (ref $fields->{$name} eq 'ARRAY' ? @{ $fields->{$name} } : $fields->{$name}) {
            # onBehalfOf is a type that all services share, so what is in it has their namespace.
            my $content = ref $value ? elements($name eq 'onBehalfOf' ? 't' : 'e', $value, @INNER) : SOAP::Utils::encode_data("$value");
            $written .= "<$prefix:$name>$content</$prefix:$name>";
        }
    }
    return $written;
}

sub plain {
    my ($value) = @_;
    return [map { plain($_) } @$value] if ref $value eq 'ARRAY';
    return { map { $_ => plain($value->{$_}) } keys %$value } if ref $value;
    return $value;
}

my @answers;
for my $question (@$questions) {
    my $operation = $question->{operation};
    my $method = $known{$operation} or die "$operation is not in the contract";
    my $client = SOAP::Lite->new(proxy => "$method->{endpoint}", autotype => 0, readable => 0);
    $client->on_action(sub { '""' })->ns("$method->{namespace}", 'e');
    $client->serializer->register_ns('http://viis.gov.lv/xroad/types/v1', 't');
    # A SOAP Fault comes with 500, which is not SOAP::Lite's failure to transport it.
    my $raw;
    $client->transport->proxy->add_handler(response_done => sub { $raw = $_[0]->decoded_content(charset => 'UTF-8'); return });
    my $content = elements('e', $question->{request}, map { $_->name } @{ $method->{parameters} });
    my $request = SOAP::Data->type(xml => $content);
    my $answer = $client->call(SOAP::Data->name("e:$operation") => $request, SOAP::Header->type(xml => $question->{headerXml}));
    push @answers, $answer->fault
        ? { fault => $answer->faultstring }
        : { answer => plain($answer->body->{"${operation}Response"}), raw => $raw };
}
binmode STDOUT, ':raw';
print encode_json(\@answers);
