using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Sqs;

public sealed class SqsDeadLetterTests
{
    [Fact]
    public async Task What_was_received_too_often_goes_to_the_dead_letters_with_all_it_had()
    {
        await using var host = await SqsHost.StartAsync();
        var (dead, source) = await PairAsync(host, receivesMax: 2);
        var sent = await host.DoAsync("SendMessage", new { QueueUrl = source, MessageBody = "poison", MessageAttributes = new { a = new { DataType = "String", StringValue = "b" } } });
        (await host.BodiesAsync(source, visibility: 0)).ShouldBe(["poison"]);
        (await host.BodiesAsync(source, visibility: 0)).ShouldBe(["poison"]);
        (await host.BodiesAsync(source)).ShouldBeEmpty();
        await SqsHost.UntilAsync(() => host.Status("dead")!.Ready == 1, "the dead letter is there");

        var letter = (await host.ReceiveAsync(dead)).ShouldHaveSingleItem();
        ((string)letter["MessageId"]!, (string)letter["MD5OfMessageAttributes"]!).ShouldBe(((string)sent["MessageId"]!, (string)sent["MD5OfMessageAttributes"]!));
        ((string)letter["Attributes"]!["DeadLetterQueueSourceArn"]!).ShouldBe(await host.AttributeAsync(source, "QueueArn"));
        var sources = await host.DoAsync("ListDeadLetterSourceQueues", new { QueueUrl = dead });
        sources.ToJsonString().ShouldBe($$"""{"queueUrls":["{{source}}"]}""");
        (await host.DoAsync("ListDeadLetterSourceQueues", new { QueueUrl = source })).ToJsonString().ShouldBe("""{"queueUrls":[]}""");
    }

    [Fact]
    public async Task A_queue_says_who_may_send_it_dead_letters()
    {
        await using var host = await SqsHost.StartAsync();
        var open = "arn:aws:sqs:us-east-1:000000000000:open-source";
        var dead = await host.MakeAsync("dead", ("RedriveAllowPolicy", $$"""{"redrivePermission":"byQueue","sourceQueueArns":["{{open}}"]}"""));
        var redrive = $$"""{"deadLetterTargetArn":"{{await host.AttributeAsync(dead, "QueueArn")}}","maxReceiveCount":1}""";
        await host.MakeAsync("open-source", ("RedrivePolicy", redrive));
        (await host.SayAsync("CreateQueue", System.Text.Json.JsonSerializer.Serialize(new { QueueName = "other", Attributes = new { RedrivePolicy = redrive } }))).Code.ShouldBe("InvalidParameterValue");
    }

    [Fact]
    public async Task A_move_task_takes_dead_letters_back_to_where_each_came_from()
    {
        await using var host = await SqsHost.StartAsync();
        var (dead, source) = await PairAsync(host);
        var other = await host.MakeAsync("other", ("RedrivePolicy", (await host.AttributeAsync(source, "RedrivePolicy"))!));
        foreach (var url in new[] { source, other, source })
            await DieAsync(host, url);
        var arn = (await host.AttributeAsync(dead, "QueueArn"))!;

        var handle = (string)(await host.DoAsync("StartMessageMoveTask", new { SourceArn = arn }))["TaskHandle"]!;
        await SqsHost.UntilAsync(() => host.Status("source")!.Ready == 2 && host.Status("other")!.Ready == 1, "all are back");
        await UntilStatusAsync(host, arn, "COMPLETED");

        var task = await TaskAsync(host, arn);
        ((int)task["ApproximateNumberOfMessagesMoved"]!, (int)task["ApproximateNumberOfMessagesToMove"]!, task.ContainsKey("TaskHandle")).ShouldBe((3, 3, false));
        var back = (await host.ReceiveAsync(source))[0]["Attributes"]!.AsObject();
        ((string)back["ApproximateReceiveCount"]!, back.ContainsKey("DeadLetterQueueSourceArn")).ShouldBe(("1", false));
        (await host.SayAsync("CancelMessageMoveTask", $$"""{"TaskHandle":"{{handle}}"}""")).Code.ShouldBe("ResourceNotFoundException");
    }

    [Fact]
    public async Task A_move_task_keeps_its_pace_can_be_cancelled_and_is_the_only_one()
    {
        await using var host = await SqsHost.StartAsync();
        var (dead, source) = await PairAsync(host);
        for (var i = 0; i < 5; i++)
            await DieAsync(host, source);
        var arn = (await host.AttributeAsync(dead, "QueueArn"))!;
        var handle = (string)(await host.DoAsync("StartMessageMoveTask", new { SourceArn = arn, MaxNumberOfMessagesPerSecond = 1 }))["TaskHandle"]!;
        await SqsHost.UntilAsync(() => host.Status("source")!.Ready == 1, "the first is back");
        (await host.SayAsync("StartMessageMoveTask", $$"""{"SourceArn":"{{arn}}"}""")).Message!.ShouldStartWith("There is already a task running.");
        ((string)(await TaskAsync(host, arn))["TaskHandle"]!).ShouldBe(handle);

        ((int)(await host.DoAsync("CancelMessageMoveTask", new { TaskHandle = handle }))["ApproximateNumberOfMessagesMoved"]!).ShouldBe(1);
        await UntilStatusAsync(host, arn, "CANCELLED");
        host.Status("dead")!.Messages.ShouldBe(4);
        host.Advance(1);
        await host.DoAsync("StartMessageMoveTask", new { SourceArn = arn, DestinationArn = await host.AttributeAsync(await host.MakeAsync("elsewhere"), "QueueArn") });
        await UntilStatusAsync(host, arn, "COMPLETED");
        host.Status("elsewhere")!.Ready.ShouldBe(4);
        var listed = (await host.DoAsync("ListMessageMoveTasks", new { SourceArn = arn, MaxResults = 10 }))["Results"]!.AsArray();
        listed.Select(t => (string)t!["Status"]!).ShouldBe(["COMPLETED", "CANCELLED"]);
    }

    [Fact]
    public async Task A_move_task_fails_for_what_came_from_nowhere_or_whose_queue_is_gone()
    {
        await using var host = await SqsHost.StartAsync();
        var (dead, source) = await PairAsync(host);
        var arn = (await host.AttributeAsync(dead, "QueueArn"))!;
        await host.SendAsync(dead, "sent here");
        await host.DoAsync("StartMessageMoveTask", new { SourceArn = arn });
        await UntilStatusAsync(host, arn, "FAILED");
        ((string)(await TaskAsync(host, arn))["FailureReason"]!).ShouldBe("CouldNotDetermineMessageSource");
        await host.DoAsync("PurgeQueue", new { QueueUrl = dead });

        host.Advance(1);
        await DieAsync(host, source);
        await host.MakeAsync("keeper", ("RedrivePolicy", (await host.AttributeAsync(source, "RedrivePolicy"))!));
        await host.DoAsync("DeleteQueue", new { QueueUrl = source });
        await host.DoAsync("StartMessageMoveTask", new { SourceArn = arn });
        await SqsHost.UntilAsync(() => TaskAsync(host, arn).GetAwaiter().GetResult()["FailureReason"]?.GetValue<string>() == "AWS.SimpleQueueService.NonExistentQueue", "the task fails");
        host.Status("dead")!.Messages.ShouldBe(1);
    }

    [Fact]
    public async Task A_move_task_goes_on_after_a_restart()
    {
        await using var first = await SqsHost.StartAsync();
        var (dead, source) = await PairAsync(first);
        for (var i = 0; i < 3; i++)
            await DieAsync(first, source);
        var arn = (await first.AttributeAsync(dead, "QueueArn"))!;
        await first.DoAsync("StartMessageMoveTask", new { SourceArn = arn, MaxNumberOfMessagesPerSecond = 1 });
        await SqsHost.UntilAsync(() => first.Status("source")!.Ready == 1, "the first is back");

        await using var second = await SqsHost.StartAsync(disk: first.Disk.Copy(), time: first.Time);

        await SqsHost.UntilAsync(() =>
        {
            second.Advance(1);
            return second.Status("source")!.Ready == 3;
        }, "the rest is back");
        await UntilStatusAsync(second, arn, "COMPLETED");
    }

    [Fact]
    public async Task A_handle_of_the_source_leaves_the_dead_letter_alone()
    {
        await using var host = await SqsHost.StartAsync();
        var (_, source) = await PairAsync(host);
        await host.SendAsync(source, "poison");
        var message = (await host.ReceiveAsync(source, visibility: 0))[0];
        await SqsHost.UntilAsync(() => host.Status("dead")!.Ready == 1, "the dead letter is there");
        await host.DeleteAsync(source, message);
        host.Status("dead")!.Ready.ShouldBe(1);
    }

    private static async Task<(string Dead, string Source)> PairAsync(SqsHost host, int receivesMax = 1)
    {
        var dead = await host.MakeAsync("dead");
        var source = await host.MakeAsync("source", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{await host.AttributeAsync(dead, "QueueArn")}}","maxReceiveCount":{{receivesMax}}}"""));
        return (dead, source);
    }

    private static async Task DieAsync(SqsHost host, string url)
    {
        var before = host.Status("dead")!.Messages;
        await host.SendAsync(url, "poison");
        (await host.ReceiveAsync(url, visibility: 0)).ShouldHaveSingleItem();
        await SqsHost.UntilAsync(() => host.Status("dead")!.Messages == before + 1, "it is a dead letter");
    }

    private static async Task<JsonObject> TaskAsync(SqsHost host, string arn) => (await host.DoAsync("ListMessageMoveTasks", new { SourceArn = arn }))["Results"]![0]!.AsObject();

    private static Task UntilStatusAsync(SqsHost host, string arn, string status) =>
        SqsHost.UntilAsync(() => (string)TaskAsync(host, arn).GetAwaiter().GetResult()["Status"]! == status, $"the task is {status}");
}
