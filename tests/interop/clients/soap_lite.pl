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
my @INNER = qw(institution value capacity personalCode);

sub elements {
    my ($fields, @order) = @_;
    return map {
        my $value = $fields->{$_};
        my $data = SOAP::Data->name("e:$_");
        ref $value ? $data->value(\SOAP::Data->value(elements($value, @INNER))) : $data->type('')->value($value);
    } grep { exists $fields->{$_} } @order;
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
    # A SOAP Fault comes with 500, which is not SOAP::Lite's failure to transport it.
    my $raw;
    $client->transport->proxy->add_handler(response_done => sub { $raw = $_[0]->decoded_content(charset => 'UTF-8'); return });
    my @content = elements($question->{request}, map { $_->name } @{ $method->{parameters} });
    my $answer = $client->call(SOAP::Data->name("e:$operation") => @content, SOAP::Header->type(xml => $question->{headerXml}));
    push @answers, $answer->fault
        ? { fault => $answer->faultstring }
        : { answer => plain($answer->body->{"${operation}Response"}), raw => $raw };
}
binmode STDOUT, ':raw';
print encode_json(\@answers);
