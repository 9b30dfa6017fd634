using Posthorn.UnitTests.Accept.Smtp;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>Golden dialogues, each played whole, line by line and byte by byte. C: the client, S: the server.</summary>
public sealed class ImapDialogueTests
{
    private static readonly (string Name, string Script)[] s_dialogues =
    [
        ("a mail program looks in", """
            S: * OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ENABLE ID IDLE AUTH=PLAIN AUTH=LOGIN] …
            C: 1 LOGIN billing s3cret
            S: 1 OK [CAPABILITY IMAP4rev1 LITERAL+ …
            C: 2 NAMESPACE
            S: * NAMESPACE (("" "/")) NIL (("#queue/" "/"))
            S: 2 OK …
            C: 3 LIST "" "*"
            S: * LIST (\HasNoChildren) "/" INBOX
            S: 3 OK …
            C: 4 SELECT INBOX
            S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Delayed $Held $Lease $Leased)
            S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Lease \*)] …
            S: * 1 EXISTS
            S: * 0 RECENT
            S: * OK [UNSEEN 1] …
            S: * OK [UIDVALIDITY 1] …
            S: * OK [UIDNEXT 2] …
            S: * OK [HIGHESTMODSEQ 1] …
            S: * OK [MAILBOXID (F1)] …
            S: 4 OK [READ-WRITE] …
            C: 5 FETCH 1 (UID FLAGS RFC822.SIZE INTERNALDATE)
            S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 176 INTERNALDATE "21-Nov-2026 08:00:00 +0000")
            S: 5 OK …
            C: 6 FETCH 1 BODY[HEADER.FIELDS (SUBJECT X-KIND)]
            S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT X-KIND)] {40}
            S: Subject: an invoice
            S: X-Kind: invoice
            S:
            S:  FLAGS (\Seen))
            S: 6 OK …
            C: 7 LOGOUT
            S: * BYE …
            S: 7 OK …
            S: closed
            """),
        ("literals", """
            S: * OK …
            C: 1 LOGIN {7}
            S: + OK
            C: billing {6+}
            C: s3cret
            S: 1 OK …
            C: 2 APPEND INBOX (\Seen) "01-Jan-2020 10:00:00 +0100" {15}
            S: + OK
            C: Subject: a
            C:
            C: x
            S: 2 OK [APPENDUID 1 2] …
            C: 3 APPEND nowhere {5+}
            C: x: y
            S: 3 NO [TRYCREATE] …
            C: 4 STATUS INBOX (MESSAGES UIDNEXT UNSEEN SIZE)
            S: * STATUS INBOX (MESSAGES 2 UIDNEXT 3 UNSEEN 1 SIZE 191)
            S: 4 OK …
            C: 5 LOGOUT
            S: * BYE …
            S: 5 OK …
            S: closed
            """),
        ("what is no command", """
            S: * OK …
            C: 1 SELECT INBOX
            S: 1 BAD …
            C: 2 NONSENSE
            S: 2 BAD …
            C: *
            S: * BAD …
            C: 3 LOGIN billing
            S: 3 BAD …
            C: 4 NOOP
            S: 4 OK …
            C: 5 LOGOUT
            S: * BYE …
            S: 5 OK …
            S: closed
            """),
    ];

    public static TheoryData<string, Delivery> Dialogues
    {
        get
        {
            var data = new TheoryData<string, Delivery>();
            foreach (var (name, _) in s_dialogues)
                foreach (var delivery in Enum.GetValues<Delivery>())
                    data.Add(name, delivery);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Dialogues))]
    public async Task Dialogue_goes_as_written(string name, Delivery delivery)
    {
        await using var host = new ImapHost();
        await host.AddAsync();

        await Dialogue.PlayAsync(host.Connect(), Array.Find(s_dialogues, d => d.Name == name).Script, delivery);
    }
}
