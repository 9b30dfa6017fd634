using System.Text;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Webhooks;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Timeline;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Webhooks;

/// <summary>What a call carries.</summary>
public sealed class WebhookPostTests
{
    private const string Path = "/hook";

    [Fact]
    public async Task A_message_is_posted_byte_for_byte_signed_and_then_done()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        var id = await world.SendAsync("""{"box": 42}""", attributes: ("kind", "order"));
        await world.PostsAsync(1);

        var post = world.Endpoints.To(Path).ShouldHaveSingleItem();
        (post.Text, post.Id, post["Content-Type"], post["posthorn-queue"], post["posthorn-attempt"], post["posthorn-attribute-kind"])
            .ShouldBe(("""{"box": 42}""", id.ToString(), "application/json", "orders", "1", "order"));
        WebhookSecret.TryParse(WebhookWorld.Secret, out var secret, out _).ShouldBeTrue();
        WebhookVerifier.Verify([secret!], post.Id, post["webhook-timestamp"], post["webhook-signature"], post.Body, world.Time.GetUtcNow()).ShouldBe(WebhookVerdict.Valid);
        world.Count("orders").ShouldBe(0);
        world.Told(TimelineKind.Attempted).ShouldHaveSingleItem().ShouldBe("http://127.0.0.1:8080/hook, attempt 1: 200 OK in 0 ms: ok");
        world.Told(TimelineKind.Delivered).ShouldHaveSingleItem().ShouldBe("to http://127.0.0.1:8080/hook by webhook orders");
        world.Courier.RecordOf("orders").Counts.ShouldBe((1, 0, 0));
    }

    [Fact]
    public async Task A_timestamp_is_of_the_attempt_and_an_id_of_the_message()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        world.Endpoints.Answer(Path, 500);
        await world.SendAsync();
        await world.PostsAsync(1);
        await world.AdvanceAsync(TimeSpan.FromSeconds(5));
        await world.PostsAsync(2);

        var posts = world.Endpoints.To(Path);
        posts[1].Id.ShouldBe(posts[0].Id);
        (long.Parse(posts[1]["webhook-timestamp"]!) - long.Parse(posts[0]["webhook-timestamp"]!)).ShouldBe(5);
        posts[1]["webhook-signature"].ShouldNotBe(posts[0]["webhook-signature"]);
        posts[1]["posthorn-attempt"].ShouldBe("2");
    }

    [Fact]
    public async Task Secrets_that_change_sign_both_and_without_any_nothing_is_signed()
    {
        await using var world = await WebhookWorld.StartAsync(
            WebhookWorld.Orders() with { Secrets = ["whsec_" + Convert.ToBase64String(new byte[32]), WebhookWorld.Secret] },
            WebhookWorld.Orders("http://127.0.0.1/plain") with { Queue = "plain", Secrets = [] });
        await world.SendAsync();
        await world.SendAsync(queue: "plain");
        await world.PostsAsync(2);

        world.Endpoints.To(Path).Single()["webhook-signature"]!.Split(' ').Length.ShouldBe(2);
        world.Endpoints.To("/plain").Single()["webhook-signature"].ShouldBeNull();
        world.Endpoints.To("/plain").Single()["webhook-id"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Attributes_are_headers_where_they_can_be_and_what_is_left_out_is_counted()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders() with { Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer x" } });
        await world.SendAsync("x", attributes:
        [
            ("fine.name-1", "a b"), ("not a name", "x"), ("umlaut", "ä"), ("line", "a\r\nHost: evil"), ("long", new string('x', 5_000)), ("Host", "evil"), ("posthorn.own", "hidden"),
        ]);
        await world.PostsAsync(1);

        var post = world.Endpoints.To(Path).Single();
        (post["posthorn-attribute-fine.name-1"], post["posthorn-attribute-Host"], post["posthorn-attributes-omitted"], post["Authorization"]).ShouldBe(("a b", "evil", "4", "Bearer x"));
        (post["Host"], post["posthorn-attribute-posthorn.own"]).ShouldBe((null, null));
    }

    [Fact]
    public async Task A_mail_goes_with_its_envelope()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        await world.Engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = QueueName.Parse("orders"), Content = Body.Of("Subject: x\r\n\r\nhi\r\n"u8.ToArray()),
            Envelope = new Envelope("a@sender.test", [new Recipient("b@one.test"), new Recipient("c@one.test")]),
        }));
        await world.PostsAsync(1);

        var post = world.Endpoints.To(Path).Single();
        (post.Text, post["Content-Type"], post["posthorn-sender"], post["posthorn-recipients"]).ShouldBe(("Subject: x\r\n\r\nhi\r\n", "message/rfc822", "a@sender.test", "b@one.test, c@one.test"));
    }

    [Theory]
    [InlineData("""{"a":1}""", null, "application/json")]
    [InlineData("  [1]", null, "application/json")]
    [InlineData("hällo", null, "text/plain; charset=utf-8")]
    [InlineData("", null, "text/plain; charset=utf-8")]
    [InlineData("a\0b", null, "application/octet-stream")]
    [InlineData("{\u0001", null, "application/octet-stream")]
    [InlineData("hello", "application/xml", "application/xml")]
    [InlineData("hello", "no type", "text/plain; charset=utf-8")]
    public async Task The_media_type_is_the_messages_or_what_it_looks_like(string text, string? attribute, string type)
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        await world.SendAsync(text, attributes: attribute is null ? [] : [("Content-Type", attribute)]);
        await world.PostsAsync(1);

        world.Endpoints.To(Path).Single()["Content-Type"].ShouldBe(type);
    }

    [Fact]
    public async Task A_body_that_is_cut_within_a_character_is_still_text()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders() with { ContentType = null });
        await world.SendAsync(new string('x', PostedContentType.HeadBytes - 1) + "ä" + new string('y', 100_000));
        await world.PostsAsync(1);

        var post = world.Endpoints.To(Path).Single();
        (post["Content-Type"], Encoding.UTF8.GetCharCount(post.Body)).ShouldBe(("text/plain; charset=utf-8", 100_000 + PostedContentType.HeadBytes));
    }

    [Fact]
    public async Task The_first_kilobyte_of_an_answer_is_told_on_one_line()
    {
        await using var world = await WebhookWorld.StartAsync(WebhookWorld.Orders());
        world.Endpoints.Answer(Path, 500, "no\r\n\u001b[31mway " + new string('x', 3_000));
        await world.SendAsync();
        await world.PostsAsync(1);

        var attempt = world.Courier.RecordOf("orders").Attempts().ShouldHaveSingleItem();
        attempt.Answer!.ShouldStartWith("no [31mway xxx");
        attempt.Answer.Length.ShouldBeLessThanOrEqualTo(1_024);
        (attempt.Status, attempt.Reason, attempt.Number).ShouldBe((500, "500 Internal Server Error", 1));
        world.Told(TimelineKind.Attempted).Single().ShouldContain("500 Internal Server Error in 0 ms: no [31mway");
    }
}
