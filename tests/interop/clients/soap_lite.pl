# Perl's SOAP::Lite: asks the questions of a file, prints the answers as JSON. It takes addresses and operations from the contract.
use strict;
use warnings;
use utf8;
use JSON::PP;
use SOAP::Lite;

my ($contract, $file) = @ARGV;
open(my $input, '<:raw', $file) or die "$file: $!";
my $questions = decode_json(do { local $/; <$input> });
my $schema = SOAP::Schema->schema_url($contract)->parse;
my %known = map { %$_ } map { values %$_ } values %{ $schema->services };

# The elements of a request in the order of the schema, which a hash has lost.
my @ORDER = qw(personalCode identifier registrationNumber institution municipality type namePart list capacity value onDate asOf onBehalfOf cursor pageSize);

sub elements {
    my ($fields) = @_;
    my %place = map { $ORDER[$_] => $_ } 0 .. $#ORDER;
    return map {
        my $value = $fields->{$_};
        my $data = SOAP::Data->name("e:$_");
        ref $value ? $data->value(\SOAP::Data->value(elements($value))) : $data->type(string => $value);
    } sort { place(\%place, $a, $fields) <=> place(\%place, $b, $fields) } keys %$fields;
}

sub place {
    my ($place, $name, $fields) = @_;
    # In onBehalfOf the capacity comes before the code.
    return $name eq 'capacity' ? -1 : $place->{$name};
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
    my $client = SOAP::Lite->proxy($method->{endpoint}->value)->on_action(sub { '""' })->readable(0)->encodingStyle('');
    $client->autotype(0)->ns('http://viis.gov.lv/xroad/education-process/v1', 'e');
    my $raw;
    $client->transport->add_handler(response_done => sub { $raw = $_[0]->decoded_content(charset => 'UTF-8'); return });
    my $body = SOAP::Data->name("e:$operation");
    my $header = SOAP::Header->type(xml => $question->{headerXml});
    my @content = elements($question->{request});
    my $answer = $client->call($body => @content, $header);
    push @answers, $answer->fault
        ? { fault => $answer->faultstring }
        : { answer => plain($answer->result_tree), raw => $raw };
}
binmode STDOUT, ':raw';
print encode_json(\@answers);
