using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Queues;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.UnitTests.Accept.Sqs;

/// <summary>The SQS door on a real loopback port over the journal on a disk in memory, with time moved by hand, and what a client of it says and hears.</summary>
internal sealed class SqsHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private SqsHost(WebApplication app, IEngine engine, ManualTimeProvider time, RecordedTimeline timeline, MemoryFileSystem disk)
    {
        (_app, Engine, Time, Timeline, Disk) = (app, engine, time, timeline, disk);
        (Address, Http2Address) = (new Uri(app.Urls.First()), new Uri(app.Urls.Last()));
        _http = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = true }) { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2) };
    }

    public IEngine Engine { get; }

    public ManualTimeProvider Time { get; }

    public RecordedTimeline Timeline { get; }

    public MemoryFileSystem Disk { get; }

    public Uri Address { get; }

    /// <summary>Receives that wait.</summary>
    public long Waiting => _app.Services.GetRequiredService<SqsMetrics>().Waiting;

    /// <summary>Where HTTP/2 is spoken from the first byte.</summary>
    public Uri Http2Address { get; }

    public static async Task<SqsHost> StartAsync(IReadOnlyList<AccountOptions>? accounts = null, MemoryFileSystem? disk = null, ManualTimeProvider? time = null, bool allowsPrivateEndpoints = false, IEngine? on = null)
    {
        disk ??= new MemoryFileSystem();
        time ??= new ManualTimeProvider();
        var (timeline, book) = (new RecordedTimeline(), new AccountBook(accounts ?? []));
        var engine = on ?? await JournalEngine.OpenAsync(disk, new JournalOptions(), time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http2);
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(time).AddSingleton<IEngine>(engine).AddSingleton<IAccounts>(book).AddSingleton<IAccessKeys>(book)
            .AddSingleton<ITimeline>(timeline).AddSingleton(new PosthornOptions { Aws = new AwsOptions { AllowsPrivateEndpoints = allowsPrivateEndpoints } }).AddAwsDoors();
        var app = builder.Build();
        app.MapAwsDoors();
        await app.StartAsync();
        return new SqsHost(app, engine, time, timeline, disk);
    }

    /// <summary>Says something in JSON and hears what is answered, right or wrong.</summary>
    public async Task<SqsReply> SayAsync(string action, string json, bool isQueryMode = false, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent(json, Encoding.UTF8) };
        request.Content.Headers.ContentType = new("application/x-amz-json-1.0");
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "AmazonSQS." + action);
        if (isQueryMode)
            request.Headers.TryAddWithoutValidation("x-amzn-query-mode", "true");
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var root = JsonNode.Parse(text)!.AsObject();
        if (response.IsSuccessStatusCode)
            return new SqsReply(response.StatusCode, null, null, root, text);
        var legacy = response.Headers.GetValues("x-amzn-query-error").Single().Split(';')[0];
        return new SqsReply(response.StatusCode, legacy, (string?)root["message"], root, text);
    }

    /// <summary>Says something in JSON that is to succeed.</summary>
    public async Task<JsonObject> DoAsync(string action, object members)
    {
        var reply = await SayAsync(action, System.Text.Json.JsonSerializer.Serialize(members));
        return reply.Code is null ? reply.Json! : throw new InvalidOperationException($"{action} was refused: {reply.Text}");
    }

    /// <summary>Says something as a form and hears what is answered.</summary>
    public async Task<SqsReply> PostFormAsync(string form, string path = "/")
    {
        using var response = await _http.PostAsync(path, new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));
        return await ReadAsync(response);
    }

    public async Task<SqsReply> GetAsync(string path) => await ReadAsync(await _http.GetAsync(path));

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken = default) =>
        _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    public async Task<string> MakeAsync(string name, params (string Name, string Value)[] attributes) =>
        (string)(await DoAsync("CreateQueue", new { QueueName = name, Attributes = attributes.ToDictionary(a => a.Name, a => a.Value) }))["QueueUrl"]!;

    public Task<JsonObject> SendAsync(string url, string body) => DoAsync("SendMessage", new { QueueUrl = url, MessageBody = body });

    public Task<JsonObject> SendAsync(string url, string body, string group, string? deduplication = null) =>
        DoAsync("SendMessage", new { QueueUrl = url, MessageBody = body, MessageGroupId = group, MessageDeduplicationId = deduplication ?? Guid.NewGuid().ToString() });

    public async Task<IReadOnlyList<JsonObject>> ReceiveAsync(string url, int max = 10, int? visibility = null, int wait = 0)
    {
        var members = new Dictionary<string, object> { ["QueueUrl"] = url, ["MaxNumberOfMessages"] = max, ["WaitTimeSeconds"] = wait, ["AttributeNames"] = new[] { "All" }, ["MessageAttributeNames"] = new[] { "All" } };
        if (visibility is { } seconds)
            members["VisibilityTimeout"] = seconds;
        return [.. ((await DoAsync("ReceiveMessage", members))["Messages"]?.AsArray() ?? []).Select(m => m!.AsObject())];
    }

    public async Task<IReadOnlyList<string>> BodiesAsync(string url, int max = 10, int? visibility = null) =>
        [.. (await ReceiveAsync(url, max, visibility)).Select(m => (string)m["Body"]!)];

    public Task<JsonObject> DeleteAsync(string url, JsonObject message) => DoAsync("DeleteMessage", new { QueueUrl = url, ReceiptHandle = (string)message["ReceiptHandle"]! });

    public Task<SqsReply> ChangeAsync(string url, JsonObject message, int seconds) => SayAsync(
        "ChangeMessageVisibility", $$"""{"QueueUrl":"{{url}}","ReceiptHandle":"{{(string)message["ReceiptHandle"]!}}","VisibilityTimeout":{{seconds.ToString(CultureInfo.InvariantCulture)}}}""");

    public async Task<string?> AttributeAsync(string url, string name) =>
        (string?)(await DoAsync("GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { name } }))["Attributes"]?[name];

    public QueueStatus? Status(string queue) => Engine.Status(QueueName.Parse(queue));

    /// <summary>Moves time, and lets what it sets off come to its end.</summary>
    public void Advance(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Waits for what another thread does; a test that waits in vain fails.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; !condition(); i++)
        {
            if (i > 6_000)
                throw new TimeoutException($"This did not come true: {what}.");
            await timer.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await Engine.DisposeAsync();
    }

    private static async Task<SqsReply> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        var root = XDocument.Parse(text, LoadOptions.PreserveWhitespace).Root!;
        var error = root.Elements().FirstOrDefault(e => e.Name.LocalName == "Error");
        string? Of(string name) => error?.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value;
        return new SqsReply(response.StatusCode, Of("Code"), Of("Message"), null, text) { Xml = root };
    }
}
