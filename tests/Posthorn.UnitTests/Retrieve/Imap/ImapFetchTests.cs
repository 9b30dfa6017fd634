using System.Text;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Spool;
using Posthorn.UnitTests.Accept.Smtp;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Retrieve.Imap;

/// <summary>What FETCH and SEARCH tell of messages.</summary>
public sealed class ImapFetchTests
{
    private const string Multipart = "From: Ann <ann@client.example>\r\nSubject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n"
        + "Content-Disposition: attachment; filename=a.bin\r\n\r\nAAECAw==\r\n--b--\r\n";

    [Fact]
    public async Task Sections_are_cut_out_of_the_mail_as_they_lie_there()
    {
        await using var host = new ImapHost();
        await host.AddAsync(Multipart);
        var client = await host.SelectAsync();

        await client.AskImapAsync("FETCH 1 (BODY.PEEK[1] BODY.PEEK[2.MIME]<0.12> BODY.PEEK[3])", "* 1 FETCH (BODY[1] {5}", "hello BODY[2.MIME]<0> {12}", "Content-Type BODY[3] NIL)", "t OK …");
        await client.AskImapAsync("FETCH 1 (BINARY.SIZE[2] BINARY.PEEK[2]<1.2>)", "* 1 FETCH (BINARY.SIZE[2] 4 BINARY[2]<1> ~{2}", "\u0001\u0002)", "t OK …");
        await client.AskImapAsync("FETCH 1 (BODY.PEEK[HEADER.FIELDS.NOT (FROM MIME-VERSION CONTENT-TYPE)])", "* 1 FETCH (BODY[HEADER.FIELDS.NOT (FROM MIME-VERSION CONTENT-TYPE)] {18}", "Subject: parts", "", ")", "t OK …");
        await client.AskImapAsync("FETCH 1 FLAGS", "* 1 FETCH (FLAGS ())", "t OK …");
    }

    [Fact]
    public async Task What_an_APPEND_brings_carries_its_structure_and_other_doors_do_not_show_it()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var client = await host.LogInAsync();
        foreach (var size in new[] { 1_000, 300_000 })
        {
            var mail = Multipart.Replace("hello", new string('x', size), StringComparison.Ordinal);
            await client.SendBytesAsync(Encoding.ASCII.GetBytes($"t APPEND INBOX {{{mail.Length}+}}\r\n{mail}\r\n"));
            (await client.AnswerAsync())[0].ShouldStartWith("t OK [APPENDUID");
        }

        foreach (var message in await host.Engine.ReadAsync(QueueName.Parse("billing"), [2, 3]))
        {
            message.Attributes.Keys.ShouldContain(MailAttributes.Structure);
            message.Envelope.Sender.ShouldBe("ann@client.example");
            message.Text(MailAttributes.Subject).ShouldBe("parts");
        }
        await client.ImapAsync("SELECT INBOX");
        host.Engine.OpenFault = new BodyLostException("not to be read", isDamaged: true);
        await client.AskImapAsync("FETCH 3 (ENVELOPE)", "* 3 FETCH (ENVELOPE (NIL \"parts\" …", "t OK …");
        (await client.ImapAsync("FETCH 2:3 (BODYSTRUCTURE RFC822.SIZE INTERNALDATE FLAGS)"))[^1].ShouldStartWith("t OK");
        await client.AskImapAsync("UID SEARCH SUBJECT parts FROM ann", "* SEARCH 2 3", "t OK …");
        await client.AskImapAsync(
            "FETCH 2 (BODY.PEEK[HEADER.FIELDS (SUBJECT)] BODY.PEEK[HEADER.FIELDS (SUBJECT)]<9.5> BODY.PEEK[HEADER]<0.9>)",
            "* 2 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {18}", "Subject: parts", "", " BODY[HEADER.FIELDS (SUBJECT)]<9> {5}", "parts BODY[HEADER]<0> {9}", "From: Ann)", "t OK …");
        await client.AskImapAsync("UID SEARCH HEADER MIME-Version 1", "* SEARCH 2 3", "t OK …");
        await client.AskImapAsync("FETCH 2 BODY.PEEK[TEXT]", "t NO [CORRUPTION] …");
    }

    [Fact]
    public async Task A_damaged_body_is_NO_and_the_others_are_told()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        await host.AddAsync();
        var client = await host.SelectAsync();
        host.Engine.OpenFault = new BodyLostException("damaged", isDamaged: true);

        await client.AskImapAsync("FETCH 1:2 (UID BODY.PEEK[])", "t NO [CORRUPTION] …");
        await client.AskImapAsync("FETCH 1:2 (UID)", "* 1 FETCH (UID 1)", "* 2 FETCH (UID 2)", "t OK …");
        await client.AskImapAsync("SEARCH TEXT hello", "* SEARCH", "t OK …");
        host.Engine.OpenFault = null;
        await client.AskImapAsync("SEARCH TEXT hello", "* SEARCH 1 2", "t OK …");
    }

    [Fact]
    public async Task A_damaged_record_is_NO_and_the_others_are_told_and_found()
    {
        await using var host = new ImapHost();
        for (var i = 0; i < 3; i++)
            await host.AddAsync("Subject: abc\r\n\r\n");
        var client = await host.SelectAsync();
        host.Engine.DamagedNumber = 2;

        await client.AskImapAsync("FETCH 1:3 (RFC822.SIZE)", "* 1 FETCH (RFC822.SIZE 16)", "* 3 FETCH (RFC822.SIZE 16)", "t NO [CORRUPTION] …");
        await client.AskImapAsync("SEARCH SUBJECT abc", "* SEARCH 1 3", "t OK …");
        host.Engine.DamagedNumber = null;
        await client.AskImapAsync("SEARCH SUBJECT abc", "* SEARCH 1 2 3", "t OK …");
    }

    [Fact]
    public async Task A_search_that_needs_all_records_reads_many_at_once()
    {
        await using var host = new ImapHost();
        for (var i = 0; i < 40; i++)
            await host.AddAsync($"Subject: {(i % 2 == 0 ? "even" : "odd")}\r\n\r\n", flags: i == 20 ? ["\\Flagged"] : null);
        var client = await host.SelectAsync();

        var before = host.Engine.Reads;
        (await client.ImapAsync("SEARCH SUBJECT odd"))[0].ShouldBe("* SEARCH " + string.Join(' ', Enumerable.Range(1, 20).Select(i => 2 * i)));
        (host.Engine.Reads - before).ShouldBe(5);
        await client.AskImapAsync("SEARCH FLAGGED SUBJECT even", "* SEARCH 21", "t OK …");
        (host.Engine.Reads - before).ShouldBe(6);
    }

    [Fact]
    public async Task A_mailbox_that_is_selected_again_is_not_listed_again()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        var client = await host.SelectAsync();
        await client.ImapAsync("STORE 1 +FLAGS ($Lease)");
        var lists = host.Engine.Lists;

        (await client.ImapAsync("SELECT INBOX")).ShouldContain("* 1 EXISTS");
        await client.AskImapAsync("FETCH 1 FLAGS", "* 1 FETCH (FLAGS ())", "t OK …");

        (host.Engine.Lists - lists).ShouldBe(1); // of the message whose lease has ended
        host.Context.Views.Count.ShouldBe(1);
        await client.ImapAsync("SELECT Nothing");
        host.Context.Views.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_large_mail_is_sent_in_pieces_as_the_client_takes_them()
    {
        await using var host = new ImapHost();
        var mail = "Subject: large\r\n\r\n" + new string('x', 2_000_000);
        await host.AddAsync(mail);
        var client = await host.SelectAsync();

        await client.SendAsync("t FETCH 1 BODY.PEEK[]");
        await client.ReceiveLinesAsync($"* 1 FETCH (BODY[] {{{mail.Length}}}", "Subject: large", "");

        var line = (await client.LineOrNullAsync()).ShouldNotBeNull();
        line.Length.ShouldBe(2_000_001);
        line.ShouldEndWith("x)");
        (await client.AnswerAsync()).Single().ShouldStartWith("t OK");
    }

    [Fact]
    public async Task Searches_by_date_size_and_age_read_what_they_need()
    {
        await using var host = new ImapHost();
        await host.AddAsync();
        host.Clock.Advance(TimeSpan.FromDays(2));
        await host.AddAsync(Multipart);
        var client = await host.SelectAsync();

        await client.AskImapAsync("SEARCH SINCE 22-Nov-2026", "* SEARCH 2", "t OK …");
        await client.AskImapAsync("SEARCH ON 21-Nov-2026", "* SEARCH 1", "t OK …");
        await client.AskImapAsync("SEARCH YOUNGER 3600", "* SEARCH 2", "t OK …");
        await client.AskImapAsync("SEARCH SENTON 21-Nov-2026", "* SEARCH 1", "t OK …");
        await client.AskImapAsync("SEARCH LARGER 200", "* SEARCH 2", "t OK …");
        await client.AskImapAsync("SEARCH HEADER X-Kind invoice", "* SEARCH 1", "t OK …");
        await client.AskImapAsync("SEARCH RETURN (MIN MAX COUNT ALL) ALL", "* ESEARCH (TAG \"t\") MIN 1 MAX 2 ALL 1:2 COUNT 2", "t OK …");
        await client.AskImapAsync("SORT (REVERSE SIZE) UTF-8 ALL", "* SORT 2 1", "t OK …");
        await client.AskImapAsync("THREAD ORDEREDSUBJECT UTF-8 ALL", "* THREAD (1)(2)", "t OK …");
    }

    [Fact]
    public async Task The_saved_result_follows_what_is_removed()
    {
        await using var host = new ImapHost();
        for (var i = 0; i < 4; i++)
            await host.AddAsync();
        var client = await host.SelectAsync();
        await client.AskImapAsync("UID SEARCH RETURN (SAVE) UID 2:4", "t OK …");
        await client.AskImapAsync("STORE 2 +FLAGS.SILENT (\\Deleted)", "t OK …");
        await client.AskImapAsync("EXPUNGE", "* 2 EXPUNGE", "t OK …");

        await client.AskImapAsync("FETCH $ (UID)", "* 2 FETCH (UID 3)", "* 3 FETCH (UID 4)", "t OK …");
    }
}
