"""What each figure means and where it comes from (rādītāju definīcijas), in Latvian and English."""

from adapters.indicators.words import Word
from core.indicators.durations import WIDTH_PERCENT

OFF = WIDTH_PERCENT // 2
DEFINITIONS: tuple[tuple[Word, Word, str], ...] = (
    (
        Word("Izsaukums", "Call"),
        Word(
            "Viens pieprasījums pakalpojumam vai viens mēģinājums nosūtīt ziņojumu uzņemšanas sistēmai. Skaita pēc sākuma "
            "brīža; atkārtots pieprasījums ir vēl viens izsaukums.",
            "One request to a service, or one attempt to send a message to an admission system. It counts by the instant at "
            "which it began; a repeated request is another call.",
        ),
        "service_call",
    ),
    (
        Word("Gads un mēnesis", "Year and month"),
        Word(
            "Kalendāra gads un mēnesis pēc Rīgas laika, arī dienās, kad pulksteni pagriež (23 vai 25 stundas).",
            "Calendar year and month by the time of Riga, also on the days when the clock is changed (23 or 25 hours).",
        ),
        "service_call.started_at",
    ),
    (
        Word("Pakalpojums, operācija", "Service, operation"),
        Word(
            "Nosaukumi līgumā (WSDL), visas versijas kopā. Tukšs, ja pieprasījums bija tik nepareizs, ka to nevarēja noteikt.",
            "The names in the contract (WSDL), all versions together. Empty when a request was too broken to tell.",
        ),
        "service_call.service, operation",
    ),
    (
        Word("Patērētājs", "Consumer"),
        Word(
            "Informācijas sistēma, kas izsauca pakalpojumu vai kurai ziņojums sūtīts: X-Road instance, dalībnieka klase, "
            "dalībnieks, apakšsistēma. Tukšs, ja pieprasījums to nenosauca vai nosauca tā, ka žurnāls to nedrīkst glabāt.",
            "The information system that called, or to which the message was sent: X-Road instance, member class, member, subsystem. "
            "Empty when a request did not name it, or named it so that the log must not keep it.",
        ),
        "service_call.client",
    ),
    (
        Word("Kanāls", "Channel"),
        Word(
            "X-Road pieprasījums (soap), uzņemšanas sistēmai nosūtīts ziņojums (message) vai REST pieprasījums (rest).",
            "An X-Road request (soap), a message sent to an admission system (message), or a REST request (rest).",
        ),
        "service_call.channel",
    ),
    (
        Word("Atbildēts", "Answered"),
        Word(
            "Atbilde dota, arī tad, ja nekas netika atrasts; ziņojumam: saņēmējs to apstiprināja.",
            "An answer was given, also when nothing was found; for a message: the receiver acknowledged it.",
        ),
        "service_call.outcome = answered",
    ),
    (
        Word("Atteikts", "Refused"),
        Word(
            "Pakalpojums strādāja un teica “nē”, ar nemainīgu kodu: pēc noteikuma (R-…), jo pieprasījums bija nepareizs (F-…), vai "
            "saņēmējs ziņojumu nepieņēma (rejected).",
            "The service worked and said no, with a stable code: by a rule (R-…), because the request was wrong (F-…), or the receiver "
            "did not take a message (rejected).",
        ),
        "service_call.outcome = refused, code",
    ),
    (
        Word("Neizdevies", "Failed"),
        Word(
            "Atbildes nebija pakalpojuma vainas dēļ: kļūme (F-0901), nav pieejams (U-…), vai ziņojumu neizdevās nosūtīt (S-…).",
            "There was no answer, and the asker had no part in it: a fault of the service (F-0901), not available (U-…), or a message "
            "that could not be sent (S-…).",
        ),
        "service_call.outcome = failed, code",
    ),
    (
        Word("Ilgums", "Duration"),
        Word(
            "No brīža, kad pieprasījums ir saņemts, līdz atbildei, milisekundēs, visiem izsaukumiem neatkarīgi no iznākuma. Vidējais ir "
            f"precīzs. Mediāna, 95. un 99. procentile ir no histogrammas, kuras iedaļas ir {WIDTH_PERCENT} % platas: kļūda līdz"
            f" {OFF} %.",
            "From when the request was received to its answer, in milliseconds, of all calls whatever their outcome. The mean is "
            f"exact. Median, 95th and 99th percentile come from a histogram whose buckets are {WIDTH_PERCENT} per cent wide: at"
            f" most {OFF} per cent off.",
        ),
        "service_call.duration_us",
    ),
    (
        Word("Personu rādījumi", "Persons shown"),
        Word(
            "Cik reižu atbildēs rādīta kāda persona: viena persona desmit atbildēs ir desmit rādījumi. Tas nav cilvēku skaits.",
            "How many times a person was shown in answers: one person in ten answers counts ten times. It is not a number of people.",
        ),
        "service_call.persons",
    ),
    (
        Word("MB", "MB"),
        Word(
            "Miljoni baitu, bez HTTP galvenēm. Šūnā ir precīzs baitu skaits; to rāda miljonos.",
            "Millions of bytes, without HTTP headers. The cell holds the exact number of bytes and shows it in millions.",
        ),
        "service_call.request_bytes, answer_bytes",
    ),
    (
        Word("Izmaiņa", "Change"),
        Word(
            "Pret iepriekšējā gada jaunāko redakciju, procentos; “–”, ja iepriekšējā gadā izsaukumu nebija vai tas nav "
            "skaitīts. Kamēr gads nav beidzies, izmaiņu rāda tikai mēnešiem, kas ir beigušies.",
            "Against the newest revision of the year before, in per cent; “–” when that year had no calls or was not counted. "
            "While a year is not over, the change is told only for months that are over.",
        ),
        "indicator_figure",
    ),
    (
        Word("Žurnāla pilnība", "Coverage"),
        Word(
            "Pagājušās stundas, kurās žurnālā ir visi izsaukumi. Stunda nav pilnīga, ja kāds process tajā izsaukumus zaudēja, "
            "ja process apklusa, nepabeidzot darbu (līdz reģistrā atkal rakstīja cits), vai ja žurnāla vēl nebija.",
            "Hours that have passed in which the log holds every call. An hour is not complete when a process lost calls in "
            "it, when one fell silent without ending in order (until another wrote to the register again), or when the log had"
            " not begun.",
        ),
        "call_hour, call_writer",
    ),
    (
        Word("Stundas bez darbības", "Idle hours"),
        Word(
            "Pilnīgas stundas, kurās pakalpojums nedarbojās un izsaukumu nevarēja būt.",
            "Complete hours in which the service did not run, so that there could be no calls.",
        ),
        "call_writer",
    ),
    (
        Word("Redakcija", "Revision"),
        Word(
            "Provizoriska, kamēr gads nav iesaldēts: līdz pēdējai pilnajai stundai pirms skaitīšanas. Pagājis gads tiek "
            "iesaldēts kā 1. redakcija un vairs nemainās; labojums ir jauna redakcija ar iemeslu, vecā paliek. Mēneši, kuru "
            "žurnālā vairs nav, jaunā redakcijā paliek, kā bija.",
            "Provisional until the year is frozen: up to the last full hour before it was counted. A past year is frozen as "
            "revision 1 and does not change any more; a correction is another revision with its reason, the old one stays. "
            "Months that the log no longer holds stay in a new revision as they were.",
        ),
        "indicator_year",
    ),
)
