using System.Text;
using Posthorn.PostgreSql.Tests;

namespace Posthorn.IntegrationTests;

/// <summary>The whole program with large bodies in a bucket or a folder.</summary>
public sealed class StoredBodiesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_mail_of_5_MB_is_in_the_bucket_until_it_is_expunged(bool isOnDatabase)
    {
        await using var s3 = await S3Server.StartAsync();
        await using var database = isOnDatabase ? await DatabaseServer.StartAsync() : null;
        var engine = database is null ? "" : $"postgres: \"{database.ConnectionString}\", ";
        await using var posthorn = await PosthornProcess.StartAsync($"engine: {{ {engine}bodies: \"{s3.Address(prefix: "mail")}\", body-grace: 1s }}\n");
        var content = Mail();
        await using (var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp))
        {
            (await talk.SayAsync("EHLO client.test")).Expect(250);
            (await talk.MailAsync("ann@client.test", ["box@posthorn.test"], content)).Expect(250);
        }
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("box")).Count == 1, "it is in its mailbox");
        s3.Objects().ShouldContain(size => size > 5_000_000);

        await posthorn.KillAsync();
        await posthorn.StartAgainAsync();
        await using var imap = await ImapTalk.ConnectAsync(posthorn.Listener("imap").Port);
        (await imap.SayAsync("LOGIN box secret")).Expect("OK");
        (await imap.SayAsync("SELECT INBOX")).Expect("OK");
        var fetched = string.Concat((await imap.SayAsync("FETCH 1 (BODY.PEEK[])")).Expect("OK").Untagged);
        fetched.ShouldContain(Encoding.ASCII.GetString(content));
        string.Concat((await imap.SayAsync("FETCH 1 (BODY.PEEK[TEXT]<4000000.20>)")).Expect("OK").Untagged).ShouldContain("{20}");
        (await imap.SayAsync("STORE 1 +FLAGS (\\Deleted)")).Expect("OK");
        (await imap.SayAsync("EXPUNGE")).Expect("OK");
        await Until.TrueAsync(() => s3.Objects().All(size => size < 1_000), "the bucket has nothing but the mark", TimeSpan.FromMinutes(2));
        (await posthorn.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_bucket_that_goes_away_is_told_to_senders_as_temporary_and_nothing_is_lost()
    {
        await using var s3 = await S3Server.StartAsync();
        await using var posthorn = await PosthornProcess.StartAsync($"engine: {{ bodies: \"{s3.Address()}\" }}\n");
        await SendAsync(posthorn, 250);
        await s3.StopAsync();
        await SendAsync(posthorn, 451);
        await s3.StartAgainAsync();
        await SendAsync(posthorn, 250);
        await Until.TrueAsync(async () => (await posthorn.MessagesAsync("box")).Count == 2, "what was accepted is in its mailbox");
        (await posthorn.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_store_that_cannot_be_used_is_told_with_its_place_and_what_to_do()
    {
        await using var s3 = await S3Server.StartAsync();
        await RefusedAsync(s3.Address(bucket: "nowhere"), "engine.bodies", "aws s3 mb s3://nowhere");
        await RefusedAsync(s3.Address(port: S3Server.FreePort()), "engine.bodies", "cannot be reached");
        await RefusedAsync("s3://b?regoin=x&secret-key=wr0ng", "engine.bodies", "'regoin'", ":3:");
        await RefusedAsync("/proc/nowhere", "engine.bodies", "/proc/nowhere");
    }

    private static async Task RefusedAsync(string place, params string[] hints)
    {
        var refused = await PosthornProcess.RefuseAsync($"engine: {{ bodies: \"{place}\" }}\n");
        refused.ExitCode.ShouldNotBe(0, refused.ToString());
        foreach (var hint in hints)
            refused.Error.ShouldContain(hint);
        refused.Error.ShouldNotContain("   at ", Case.Sensitive, "a person wants no stack trace");
        (refused.Output + refused.Error).ShouldNotContain("wr0ng");
    }

    private static async Task SendAsync(PosthornProcess posthorn, int code)
    {
        await using var talk = await SmtpTalk.ConnectAsync(posthorn.Smtp);
        talk.ReplyWithin = TimeSpan.FromMinutes(1);
        (await talk.SayAsync("EHLO client.test")).Expect(250);
        (await talk.MailAsync("ann@client.test", ["box@posthorn.test"], Mail())).Expect(code);
    }

    private static byte[] Mail()
    {
        var mail = new StringBuilder("Subject: large\r\n\r\n");
        for (var i = 0; mail.Length < 5_200_000; i++)
            mail.Append("line ").Append(i).Append(" of a mail that is too large for a row\r\n");
        return Encoding.ASCII.GetBytes(mail.ToString());
    }
}
