using System.Text.Json.Nodes;
using Posthorn.Queues;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sqs;

public sealed class SqsQueueTests
{
    [Fact]
    public async Task A_queue_is_made_once_and_found_by_every_form_of_its_URL()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders", ("VisibilityTimeout", "40"));

        url.ShouldBe($"{host.Address.ToString().TrimEnd('/')}/000000000000/orders");
        (await host.MakeAsync("orders")).ShouldBe(url);
        (await host.MakeAsync("orders", ("VisibilityTimeout", "40"), ("DelaySeconds", "0"))).ShouldBe(url);
        ((string)(await host.DoAsync("GetQueueUrl", new { QueueName = "orders" }))["QueueUrl"]!).ShouldBe(url);
        foreach (var form in new[]
        {
            url, url + "/", "orders", "/000000000000/orders", "https://sqs.eu-west-1.amazonaws.com/000000000000/orders", "http://h/queue/orders", "http://h/queue/eu-west-1/000000000000/orders",
        })
            (await host.AttributeAsync(form, "VisibilityTimeout")).ShouldBe("40", form);
    }

    [Fact]
    public async Task Twenty_who_make_a_queue_at_once_get_one()
    {
        await using var host = await SqsHost.StartAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.SayAsync("CreateQueue", $$$"""{"QueueName":"race","Attributes":{"DelaySeconds":"{{{i % 2}}}"}}""")));

        replies.Count(r => r.Code is null).ShouldBe(10);
        replies.Where(r => r.Code is not null).ShouldAllBe(r => r.Code == "QueueAlreadyExists" && r.Message!.EndsWith("DelaySeconds"));
        host.Engine.Queues().Count(q => q.Name.Value == "race").ShouldBe(1);
    }

    [Fact]
    public async Task A_new_queue_shows_what_it_is()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        var attributes = (await host.DoAsync("GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { "All" } }))["Attributes"]!.AsObject();

        var now = host.Time.GetUtcNow().ToUnixTimeSeconds().ToString();
        attributes.ToDictionary(a => a.Key, a => (string)a.Value!).ShouldBe(new Dictionary<string, string>
        {
            ["VisibilityTimeout"] = "30", ["MaximumMessageSize"] = "1048576", ["MessageRetentionPeriod"] = "345600", ["ApproximateNumberOfMessages"] = "0",
            ["ApproximateNumberOfMessagesNotVisible"] = "0", ["ApproximateNumberOfMessagesDelayed"] = "0", ["CreatedTimestamp"] = now, ["LastModifiedTimestamp"] = now,
            ["QueueArn"] = "arn:aws:sqs:us-east-1:000000000000:orders", ["DelaySeconds"] = "0", ["ReceiveMessageWaitTimeSeconds"] = "0", ["SqsManagedSseEnabled"] = "true",
        }, ignoreOrder: true);
    }

    [Fact]
    public async Task What_is_set_is_the_engines_policy_or_kept_beside_it_over_a_restart()
    {
        await using var first = await SqsHost.StartAsync();
        var url = await first.MakeAsync("orders");
        var dead = await first.MakeAsync("dead");
        first.Advance(5);
        var redrive = $$"""{"deadLetterTargetArn":"{{await first.AttributeAsync(dead, "QueueArn")}}","maxReceiveCount":"5"}""";
        await first.DoAsync("SetQueueAttributes", new
        {
            QueueUrl = url,
            Attributes = new
            {
                VisibilityTimeout = "7", DelaySeconds = "8", MessageRetentionPeriod = "60", ReceiveMessageWaitTimeSeconds = "9", MaximumMessageSize = "2048", RedrivePolicy = redrive,
                KmsMasterKeyId = "alias/aws/sqs", KmsDataKeyReusePeriodSeconds = "300", Policy = "{\"Version\":\"2012-10-17\"}",
            },
        });
        await first.DoAsync("TagQueue", new { QueueUrl = url, Tags = new Dictionary<string, string> { ["team"] = "billing", ["Team"] = "x" } });

        await using var second = await SqsHost.StartAsync(disk: first.Disk.Copy(), time: first.Time);

        second.Status("orders")!.Policy.ShouldBe(new QueuePolicy
        {
            VisibilityTimeout = TimeSpan.FromSeconds(7), Delay = TimeSpan.FromSeconds(8), Retention = TimeSpan.FromMinutes(1), MessageBytesMax = 2048, ReceivesMax = 5,
            DeadLetterQueue = QueueName.Parse("dead"), LeasesMax = 120_000, Fairness = QueueFairness.ByGroup,
        });
        foreach (var (name, value) in new[]
        {
            ("ReceiveMessageWaitTimeSeconds", "9"), ("RedrivePolicy", redrive), ("KmsMasterKeyId", "alias/aws/sqs"), ("SqsManagedSseEnabled", "false"),
            ("KmsDataKeyReusePeriodSeconds", null), ("Policy", "{\"Version\":\"2012-10-17\"}"), ("MaximumMessageSize", "2048"),
        })
            (await second.AttributeAsync("orders", name)).ShouldBe(value, name);
        var created = long.Parse((await second.AttributeAsync("orders", "CreatedTimestamp"))!);
        long.Parse((await second.AttributeAsync("orders", "LastModifiedTimestamp"))!).ShouldBe(created + 5);
        (await second.DoAsync("ListQueueTags", new { QueueUrl = "orders" }))["Tags"]!.ToJsonString().ShouldBe("""{"Team":"x","team":"billing"}""");
        await second.DoAsync("SetQueueAttributes", new { QueueUrl = "orders", Attributes = new { RedrivePolicy = "", Policy = "", KmsMasterKeyId = "" } });
        foreach (var name in new[] { "RedrivePolicy", "Policy", "KmsMasterKeyId" })
            (await second.AttributeAsync("orders", name)).ShouldBeNull(name);
        second.Status("orders")!.Policy.DeadLetterQueue.ShouldBeNull();
    }

    [Fact]
    public async Task A_deleted_queue_is_gone_with_all_that_was_known_of_it()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        await host.SendAsync(url, "x");
        await host.DoAsync("TagQueue", new { QueueUrl = url, Tags = new { a = "b" } });
        await host.DoAsync("DeleteQueue", new { QueueUrl = url });

        foreach (var action in new[] { "ReceiveMessage", "GetQueueAttributes", "PurgeQueue", "ListQueueTags", "DeleteQueue" })
            (await host.SayAsync(action, $$"""{"QueueUrl":"{{url}}"}""")).Code.ShouldBe("AWS.SimpleQueueService.NonExistentQueue", action);
        await host.MakeAsync("orders");
        (await host.DoAsync("ListQueueTags", new { QueueUrl = url })).ContainsKey("Tags").ShouldBeFalse();
        (await host.AttributeAsync(url, "ApproximateNumberOfMessages")).ShouldBe("0");
    }

    [Fact]
    public async Task Queues_are_listed_by_prefix_and_in_pages()
    {
        await using var host = await SqsHost.StartAsync();
        for (var i = 0; i < 5; i++)
            await host.MakeAsync($"list-{i}");
        await host.MakeAsync("other");
        await host.Engine.CommitAsync(new Posthorn.Commits.Commit().SetQueue(QueueName.Parse("spool/outgoing"), QueuePolicy.Default));

        Urls(await host.DoAsync("ListQueues", new { })).Length.ShouldBe(6);
        (await host.DoAsync("ListQueues", new { QueueNamePrefix = "none" })).ToJsonString().ShouldBe("{}");
        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = await host.DoAsync("ListQueues", new { QueueNamePrefix = "list-", MaxResults = 2, NextToken = token ?? "" });
            seen.AddRange(Urls(page));
            token = (string?)page["NextToken"];
        }
        while (token is not null);
        seen.Select(u => u.Split('/')[^1]).ShouldBe(["list-0", "list-1", "list-2", "list-3", "list-4"]);

        static string[] Urls(JsonObject answer) => [.. answer["QueueUrls"]!.AsArray().Select(u => (string)u!)];
    }

    [Fact]
    public async Task A_purge_takes_what_is_visible_delayed_and_in_flight_and_what_was_remembered()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders.fifo", ("FifoQueue", "true"), ("ContentBasedDeduplication", "true"));
        var sent = await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = "x", MessageGroupId = "a" });
        await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = "y", MessageGroupId = "b" });
        var received = (await host.ReceiveAsync(url, max: 1))[0];

        await host.DoAsync("PurgeQueue", new { QueueUrl = url });

        host.Status("orders.fifo")!.Messages.ShouldBe(0);
        var again = await host.DoAsync("SendMessage", new { QueueUrl = url, MessageBody = "x", MessageGroupId = "a" });
        ((string)again["MessageId"]!).ShouldNotBe((string)sent["MessageId"]!);
        string.CompareOrdinal((string)again["SequenceNumber"]!, (string)sent["SequenceNumber"]!).ShouldBeGreaterThan(0);
        await host.DeleteAsync(url, received);
        host.Status("orders.fifo")!.Messages.ShouldBe(1);
        (await host.AttributeAsync(url, "ContentBasedDeduplication")).ShouldBe("true");
    }

    [Fact]
    public async Task Permissions_are_statements_of_the_policy()
    {
        await using var host = await SqsHost.StartAsync();
        var url = await host.MakeAsync("orders");
        await host.DoAsync("AddPermission", new { QueueUrl = url, Label = "one", AWSAccountIds = new[] { "111111111111" }, Actions = new[] { "SendMessage" } });
        await host.DoAsync("AddPermission", new { QueueUrl = url, Label = "two", AWSAccountIds = new[] { "1", "2" }, Actions = new[] { "SendMessage", "ReceiveMessage" } });

        (await host.AttributeAsync(url, "Policy")).ShouldBe(
            """{"Version":"2008-10-17","Id":"arn:aws:sqs:us-east-1:000000000000:orders/SQSDefaultPolicy","Statement":["""
            + """{"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"SQS:SendMessage","Resource":"arn:aws:sqs:us-east-1:000000000000:orders"},"""
            + """{"Sid":"two","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::1:root","arn:aws:iam::2:root"]},"Action":["SQS:SendMessage","SQS:ReceiveMessage"],"Resource":"arn:aws:sqs:us-east-1:000000000000:orders"}]}""");
        (await host.SayAsync("AddPermission", $$"""{"QueueUrl":"{{url}}","Label":"one","AWSAccountIds":["1"],"Actions":["*"]}""")).Message.ShouldBe("Value one for parameter Label is invalid. Reason: Already exists.");
        foreach (var label in new[] { "one", "two" })
            await host.DoAsync("RemovePermission", new { QueueUrl = url, Label = label });
        (await host.AttributeAsync(url, "Policy")).ShouldBeNull();
    }

    [Fact]
    public async Task A_queue_that_came_by_mail_is_a_queue_like_any_other()
    {
        await using var host = await SqsHost.StartAsync();
        await host.Engine.CommitAsync(new Posthorn.Commits.Commit().SetQueue(QueueName.Parse("first.last"), QueuePolicy.Default));

        var url = (string)(await host.DoAsync("GetQueueUrl", new { QueueName = "first.last" }))["QueueUrl"]!;
        (await host.AttributeAsync(url, "MessageRetentionPeriod")).ShouldBe("1209600");
        await host.SendAsync(url, "x");
        (await host.BodiesAsync(url)).ShouldBe(["x"]);
        await host.DoAsync("TagQueue", new { QueueUrl = url, Tags = new { a = "b" } });
        host.Status("first.last")!.Policy.ShouldBe(QueuePolicy.Default);
    }

    [Fact]
    public async Task A_form_may_be_sent_to_the_queues_own_URL_by_GET_or_POST()
    {
        await using var host = await SqsHost.StartAsync();
        await host.MakeAsync("orders");
        const string path = "/000000000000/orders";

        var sent = await host.GetAsync(path + "?Action=SendMessage&Version=2012-11-05&MessageBody=hello+you");
        sent.All("MD5OfMessageBody").ShouldHaveSingleItem();
        (await host.PostFormAsync("Action=ReceiveMessage&VisibilityTimeout=0", path)).All("Body").ShouldBe(["hello you"]);
        (await host.PostFormAsync("Action=GetQueueAttributes&AttributeName.1=DelaySeconds", path)).All("Value").ShouldBe(["0"]);
        (await host.PostFormAsync("Action=CreateQueue&QueueName=x", path)).Code.ShouldBe("InvalidAction");
        (await host.PostFormAsync("Action=ListQueues", path)).Code.ShouldBe("InvalidAction");
        (await host.GetAsync(path)).Text.ShouldBe("<UnknownOperationException/>");
        (await host.PostFormAsync("Action=SendMessage&MessageBody=x&QueueUrl=nobody", path)).Code.ShouldBe("AWS.SimpleQueueService.NonExistentQueue");
        (await host.PostFormAsync("Action=SendMessage", path)).Message.ShouldBe("The request must contain the parameter MessageBody.");
    }
}
