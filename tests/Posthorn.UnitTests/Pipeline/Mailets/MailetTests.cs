using System.Text;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Server.Spool;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Mailets;

/// <summary>What each mailet does with a mail.</summary>
public sealed class MailetTests : IDisposable
{
    private const string A = "a@here.test";
    private const string Far = "f@far.test";

    private const string Mixed = """
        Subject: files
        Content-Type: multipart/mixed; boundary=b

        prologue
        --b
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        Gr=FC=DFe
        --b
        Content-Type: application/pdf
        Content-Disposition: attachment; filename="bill.pdf"
        Content-Transfer-Encoding: base64

        aGVsbG8=
        --b
        Content-Type: text/csv
        Content-Disposition: attachment; filename="../../list.csv"

        1;2
        --b--
        epilogue

        """;

    private readonly PipelineWorld _world = new();

    public void Dispose() => _world.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Fact]
    public async Task Redirect_gives_the_mail_other_recipients_and_it_goes_on()
    {
        await RunAsync("redirect: [x@here.test, f@far.test]", A, "b@here.test");

        (await _world.EverythingAsync()).ShouldBe(["end: x@here.test f@far.test"]);
    }

    [Fact]
    public async Task Redirect_of_one_recipient_keeps_what_its_sender_asked_for()
    {
        _world.Configure("pipeline:\n  root: [{ redirect: f@far.test }, { deliver: { queue: end } }]");
        await _world.Engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = SpoolQueues.Root,
            Content = Bodies.Body.Empty,
            Envelope = new Envelope(Far, [new Recipient(A) { Notify = DsnNotify.Success }]) { EnvelopeId = "e1" },
        }));

        await _world.ProcessAsync();

        var envelope = (await _world.InAsync("end")).Single(m => m.Envelope.Sender == Far).Envelope;
        envelope.EnvelopeId.ShouldBe("e1");
        var recipient = envelope.Recipients.Single();
        recipient.Notify.ShouldBe(DsnNotify.Success);
        recipient.OriginalRecipient.ShouldBe("rfc822;a@here.test");
    }

    [Fact]
    public async Task Forward_sends_a_mail_of_its_own_that_may_leave()
    {
        _world.Configure("""
            pipeline:
              root:
                - { if: "recipient-is(a@here.test)", forward: f@far.test }
                - { if: recipient-is-local, deliver: mailbox }
                - { if: sender-is-authenticated, deliver: outgoing }
                - bounce: 550 5.7.1 relaying denied
            """);
        var id = await _world.SendAsync(A, "b@here.test");

        await _world.ProcessAsync();

        (await _world.EverythingAsync()).ShouldBe(["b: b@here.test", "spool/outgoing: f@far.test"]);
        var forwarded = (await _world.InAsync("spool/outgoing")).Single();
        forwarded.Origin.ShouldBe(id);
        forwarded.Envelope.Sender.ShouldBe("a@far.test");
        (await _world.TextAsync(forwarded)).ShouldBe("Subject: hello\n\nbody\n");
    }

    [Theory]
    [InlineData("a@far.test", "c@here.test")]
    [InlineData("", "")]
    public async Task Forward_names_another_sender_but_never_to_a_bounce(string sender, string expected)
    {
        _world.Configure("pipeline:\n  root: [{ if: recipient-is-local, forward: { to: f@far.test, sender: c@here.test } }, { deliver: outgoing }]");
        await _world.SendAsync([A], sender: sender);

        await _world.ProcessAsync();

        (await _world.InAsync("spool/outgoing")).Single().Envelope.Sender.ShouldBe(expected);
    }

    [Fact]
    public async Task Forwards_in_a_circle_come_to_an_end()
    {
        _world.Configure("pipeline:\n  root: [{ if: \"recipient-is(a@here.test)\", forward: b@here.test }, { forward: a@here.test }]");
        await _world.SendAsync(A);

        for (var i = 0; i < 400; i++)
        {
            await _world.ProcessAsync();
            _world.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        (await _world.InAsync("spool/process/error")).ShouldHaveSingleItem().LastError!.ShouldContain("25 mails came out of each other");
        (await _world.EverythingAsync()).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Header_fields_are_set_added_and_removed()
    {
        await RunAsync(
            "set-header: { x-one: new, X-Three: \"{priority} {id}\" }, add-header: { X-One: first }, remove-header: [X-Spam-*, X-Two]",
            "Received: r\nX-One: 1\nX-One: 1b\nX-Two: 2\nX-Spam-Score: 3\nX-Spam-Flag: 4\nX-Spa: 5\n\nbody\n");

        var mail = (await _world.InAsync("end")).Single();
        (await _world.TextAsync(mail)).ShouldBe($"X-One: first\nReceived: r\nx-one: new\nX-Spa: 5\nX-Three: 5 {mail.Id}\n\nbody\n");
    }

    [Fact]
    public async Task A_strangers_text_in_a_header_makes_no_line_of_its_own()
    {
        await RunAsync("set-header: { X-Was: \"{subject} {attribute:k}\" }", "Subject: a\n b\n\n", ("k", "one\r\nBcc: x@y.test"));

        (await _world.TextAsync((await _world.InAsync("end")).Single())).ShouldBe("Subject: a\n b\nX-Was: a b one Bcc: x@y.test\n\n");
    }

    [Fact]
    public async Task A_header_longer_than_what_fits_in_front_is_written_with_the_body()
    {
        var long1 = string.Concat(Enumerable.Range(0, 3_600).Select(i => $"X-{i}: {new string('x', 60)}\n"));
        await RunAsync("set-header: { X-Last: y }", $"{long1}\nbody\n");

        var mail = (await _world.InAsync("end")).Single();
        (await _world.TextAsync(mail)).ShouldBe($"{long1}X-Last: y\n\nbody\n");
        mail.Content.Prefix.Length.ShouldBe(0);
    }

    [Fact]
    public async Task Two_edits_of_a_header_are_one_in_the_end()
    {
        await RunAsync("set-header: { X: \"1\" }, add-header: { Y: \"2\" }, remove-header: Subject", "Subject: s\n\nbody\n");

        (await _world.TextAsync((await _world.InAsync("end")).Single())).ShouldBe("Y: 2\nX: 1\n\nbody\n");
        _world.Engine.NewBodies(_world.Engine.Commits[^1]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Subject: x\n\nbody\n", "Subject: x\n\nbody\nbye\n")]
    [InlineData("Subject: x\n\nbody", "Subject: x\n\nbody\nbye\n")]
    [InlineData("Subject: x\n\n", "Subject: x\n\nbye\n")]
    [InlineData("Subject: x\n", "Subject: x\n\nbye\n")]
    [InlineData("Content-Type: text/html\n\n<html><body>hi</body></html>\n", "Content-Type: text/html; charset=utf-8\n\n<html><body>hi<p>bye</p></body></html>\n")]
    [InlineData("Content-Type: text/plain; charset=x; format=flowed\n\nhi\n", "Content-Type: text/plain; charset=utf-8; format=flowed\n\nhi\nbye\n")]
    [InlineData("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGk=\n", "Content-Type: text/plain; charset=utf-8\n\nhi\nbye\n")]
    [InlineData("Content-Type: image/png\n\nhi\n", "Content-Type: image/png\n\nhi\n")]
    [InlineData("Content-Type: text/plain\nContent-Disposition: attachment\n\nhi\n", "Content-Type: text/plain\nContent-Disposition: attachment\n\nhi\n")]
    [InlineData(
        "Content-Type: multipart/signed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n",
        "Content-Type: multipart/signed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n")]
    [InlineData(
        "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: text/html\n\n<b>hi</b>\n--b--\n",
        "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nhi\nbye\n\n--b\nContent-Type: text/html; charset=utf-8\n\n<b>hi</b><p>bye</p>\n--b--\n")]
    public async Task A_footer_stands_behind_the_text_that_people_read(string mail, string expected)
    {
        await RunAsync("add-footer: bye", mail);

        (await _world.TextAsync((await _world.InAsync("end")).Single())).ShouldBe(expected);
    }

    [Fact]
    public async Task A_footer_is_added_to_a_text_in_another_charset_as_utf_8()
    {
        await RunAsync("add-footer: tschüß", Mixed);

        var text = await _world.TextAsync((await _world.InAsync("end")).Single());
        text.ShouldContain("""
            --b
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: base64

            R3LDvMOfZQ0KdHNjaMO8w58NCg==

            --b
            Content-Type: application/pdf
            """.ReplaceLineEndings("\n"));
        text.ShouldEndWith("epilogue\n");
    }

    [Fact]
    public async Task Attachments_are_taken_off_into_a_queue()
    {
        await RunAsync("strip-attachments: { to-queue: files }", Mixed);

        var files = await _world.InAsync("files");
        files.Select(f => $"{f.Text("file-name")} {f.Text("content-type")}").ShouldBe(["bill.pdf application/pdf", "list.csv text/csv"]);
        (await _world.TextAsync(files[0])).ShouldBe("hello");
        (await _world.TextAsync(files[1])).ShouldBe("1;2");
        files.ShouldAllBe(f => f.Origin == _world.Timeline.Events[0].Origin);
        files.ShouldAllBe(f => !f.IsMail());
        files.ShouldAllBe(f => f.Text("sender") == "a@far.test");
        var mail = (await _world.InAsync("end")).Single();
        (await _world.TextAsync(mail)).ShouldBe("""
            Subject: files
            Content-Type: multipart/mixed; boundary=b

            prologue
            --b
            Content-Type: text/plain; charset=iso-8859-1
            Content-Transfer-Encoding: quoted-printable

            Gr=FC=DFe
            --b
            Content-Type: text/plain; charset=utf-8

            [attachment bill.pdf was taken off this mail]

            --b
            Content-Type: text/plain; charset=utf-8

            [attachment list.csv was taken off this mail]

            --b--
            epilogue

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Attachments_are_taken_off_into_files_that_are_whole_before_the_commit()
    {
        var seen = new List<string[]>();
        _world.Engine.BeforeCommit = commit =>
        {
            if (commit.Operations.OfType<CommitOperation.Change>().Any())
                seen.Add(_world.Folder.List("").ToArray());
        };
        await RunAsync("strip-attachments: { to-folder: files, name: \"\\\\.pdf$\", type: pdf }", Mixed);

        var mail = (await _world.InAsync("end")).Single();
        seen.ShouldHaveSingleItem().ShouldBe([$"{mail.Id}-1-bill.pdf"]);
        await using var file = await _world.Folder.OpenAsync($"{mail.Id}-1-bill.pdf", Files.OpenIntent.Read);
        var bytes = new byte[file.Length];
        await file.ReadAsync(0, bytes);
        Encoding.ASCII.GetString(bytes).ShouldBe("hello");
        (await _world.TextAsync(mail)).ShouldContain("filename=\"../../list.csv\"");
    }

    [Theory]
    [InlineData("save-attachments: files")]
    [InlineData("save-attachments: { folder: files }")]
    public async Task Attachments_are_saved_whole_before_the_commit_and_the_mail_stays_as_it_is(string rule)
    {
        string[]? seen = null;
        _world.Engine.BeforeCommit = commit =>
        {
            if (commit.Operations.OfType<CommitOperation.Change>().Any())
                seen = [.. _world.Folder.List("")];
        };
        await RunAsync(rule, Mixed);

        var mail = (await _world.InAsync("end")).Single();
        seen.ShouldBe([$"{mail.Id}-1-bill.pdf", $"{mail.Id}-2-list.csv"]);
        (await _world.TextAsync(mail)).ShouldBe(Mixed);
    }

    [Fact]
    public async Task Attachments_are_saved_to_a_queue_in_the_mails_own_commit()
    {
        await RunAsync("save-attachments: { queue: files, type: csv }", Mixed);

        var file = (await _world.InAsync("files")).ShouldHaveSingleItem();
        (file.Text("file-name"), await _world.TextAsync(file)).ShouldBe(("list.csv", "1;2"));
        (await _world.TextAsync((await _world.InAsync("end")).Single())).ShouldBe(Mixed);
    }

    [Fact]
    public async Task A_mail_that_is_tried_again_saves_its_attachments_under_the_same_names()
    {
        var tries = 0;
        _world.With("fails-once", _ =>
        {
            if (++tries == 1)
                throw new InvalidOperationException("not yet");
        });
        await RunAsync("save-attachments: files }, { fails-once: true", Mixed);
        _world.Clock.Advance(TimeSpan.FromHours(1));
        await _world.ProcessAsync();

        tries.ShouldBe(2);
        var mail = (await _world.InAsync("end")).Single();
        _world.Folder.List("").ShouldBe([$"{mail.Id}-1-bill.pdf", $"{mail.Id}-2-list.csv"]);
    }

    [Fact]
    public async Task A_mail_that_is_nothing_but_an_attachment_keeps_its_own_header()
    {
        await RunAsync(
            "strip-attachments: { to-queue: files }",
            "Subject: scan\nContent-Type: application/pdf; name=ä.pdf\nContent-Transfer-Encoding: base64\nX: y\n\naGVsbG8=\n");

        (await _world.InAsync("files")).ShouldHaveSingleItem();
        (await _world.TextAsync((await _world.InAsync("end")).Single())).ShouldStartWith("Subject: scan\nX: y\nContent-Type: text/plain; charset=utf-8\n");
    }

    [Fact]
    public async Task Notify_writes_a_mail_about_the_mail()
    {
        _world.Configure("""
            pipeline:
              root:
                - { if: "recipient-is(a@here.test)", notify: { to: [postmaster, sender], subject: "grüße von {sender}", text: "{subject}: {size} bytes" } }
                - deliver: { queue: end }
            """);
        var id = await _world.SendAsync([A], "Subject: hello\nMessage-ID: <m1@far.test>\n\nbody\n");

        await _world.ProcessAsync();

        var all = await _world.InAsync("end");
        var note = all.Single(m => m.Id != id);
        note.Origin.ShouldBe(id);
        note.Envelope.Sender.ShouldBe("");
        note.Envelope.Recipients.Select(r => r.Address).ShouldBe(["postmaster@here.test", "a@far.test"]);
        (await _world.TextAsync(note)).ShouldBe($"""
            Date: {Posthorn.Protocols.Mime.MailDate.Format(_world.Clock.GetUtcNow())}
            From: Posthorn <postmaster@here.test>
            To: postmaster@here.test, a@far.test
            Subject: =?utf-8?b?Z3LDvMOfZQ==?= von a@far.test
            Message-ID: <{id}.{_world.Clock.GetUtcNow().ToUnixTimeMilliseconds()}@here.test>
            Auto-Submitted: auto-generated
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit
            References: <m1@far.test>

            hello: 51 bytes

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Nobody_is_notified_of_a_notification()
    {
        await RunAsync("notify: { to: postmaster, subject: s, text: t }", A);

        (await _world.EverythingAsync()).ShouldBe([$"end: {A}", "end: postmaster@here.test"]);
    }

    [Fact]
    public async Task Attributes_are_set_and_removed()
    {
        await RunAsync("set-attribute: { kind: \"{header:X-Kind}!\", other: x }, remove-attribute: [old, other]", "X-Kind: invoice\n\n", ("old", "1"));

        (await _world.InAsync("end")).Single().Attributes.Select(a => $"{a.Key}={a.Value}").ShouldBe(["kind=invoice!"]);
    }

    [Fact]
    public async Task A_signature_is_put_in_front_of_the_same_body()
    {
        using var key = System.Security.Cryptography.RSA.Create(1024);
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, key.ExportPkcs8PrivateKeyPem());

        await RunAsync($"dkim-sign: {{ domain: here.test, selector: s1, key: {path} }}", "From: a@here.test\nSubject: x\n\nbody\n");

        var text = await _world.TextAsync((await _world.InAsync("end")).Single());
        text.ShouldStartWith("DKIM-Signature: v=1; a=rsa-sha256;");
        text.ShouldEndWith("\nFrom: a@here.test\nSubject: x\n\nbody\n");
        _world.Engine.NewBodies(_world.Engine.Commits[^1]).ShouldBeEmpty();
        File.Delete(path);
    }

    private Task RunAsync(string mailets, params string[] recipients) => RunAsync(mailets, recipients, null);

    private Task RunAsync(string mailets, string content, params (string Name, string Value)[] attributes) =>
        content.Contains('\n', StringComparison.Ordinal) ? RunAsync(mailets, [A], content, attributes) : RunAsync(mailets, [content], null, attributes);

    private async Task RunAsync(string mailets, string[] recipients, string? content, params (string Name, string Value)[] attributes)
    {
        _world.Configure($"pipeline:\n  root: [{{ {mailets} }}, {{ deliver: {{ queue: end }} }}]");
        await _world.SendAsync(recipients, content, attributes: attributes);
        await _world.ProcessAsync();
    }
}
