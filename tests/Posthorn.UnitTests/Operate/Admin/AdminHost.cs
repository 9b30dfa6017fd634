using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Posthorn.Bodies;
using Posthorn.Client;
using Posthorn.Clustering;
using Posthorn.Commits;
using Posthorn.Contracts;
using Posthorn.Engine;
using Posthorn.Journal;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Topics;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Admin;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Streams;
using Posthorn.Server.Spool;

namespace Posthorn.UnitTests.Operate.Admin;

/// <summary>The API on a real loopback port over the journal on a disk in memory, with a client of it.</summary>
internal sealed class AdminHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AdminHost(WebApplication app, HostParts parts)
    {
        (_app, Parts) = (app, parts);
        Address = new Uri(app.Urls.Single());
        Client = PosthornClient.Connect(Address, parts.Accounts.IsOpen ? null : "admin:secret");
    }

    public HostParts Parts { get; }

    public Uri Address { get; }

    public PosthornClient Client { get; }

    public required TimeProvider Time { get; init; }

    public IEngine Engine => Parts.Engine;

    public StreamMetrics Streams => _app.Services.GetRequiredService<StreamMetrics>();

    public static async Task<AdminHost> StartAsync(
        bool isOpen = true, TimeProvider? time = null, StreamLimits? streams = null, IReadOnlyList<WebhookOptions>? webhooks = null)
    {
        var parts = new HostParts(await JournalEngine.OpenAsync(new MemoryFileSystem(), new JournalOptions(), time ?? TimeProvider.System), isOpen, time ?? TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services
            .AddSingleton(time ?? TimeProvider.System).AddSingleton(parts.Engine).AddSingleton<IAccounts>(parts.Accounts).AddSingleton<IMailSpool>(parts).AddSingleton<IBounceWriter>(parts)
            .AddSingleton<IStandingOrders>(parts.Orders).AddSingleton<ITimeline>(parts).AddSingleton<ITimelineStore>(parts.Timeline).AddSingleton<IDestinations>(parts.Destinations)
            .AddSingleton(new PosthornOptions { Hostname = "mail.example.test", Webhooks = webhooks ?? [] })
            .AddSingleton(streams ?? new StreamLimits())
            .AddSingleton<TopicBook>().AddWebhooks()
            .AddAdminApi();
        var app = builder.Build();
        app.MapAdminApi();
        await app.StartAsync();
        return new AdminHost(app, parts) { Time = time ?? TimeProvider.System };
    }

    /// <summary>Puts a mail into a queue, behind the API's back.</summary>
    public async Task<MessageId> MailAsync(
        string queue, string sender = "a@sender.test", string recipient = "b@example.test", string header = "Subject: hello", string? error = null,
        int priority = 5, DateTimeOffset? dueAt = null, bool isHeld = false, IReadOnlyDictionary<string, AttributeValue>? attributes = null)
    {
        var body = Body.Of(System.Text.Encoding.UTF8.GetBytes(header + "\r\n\r\nbody\r\n"));
        var result = await Engine.CommitAsync(new Commit().Add(new NewMessage
        {
            Queue = QueueName.Parse(queue), Content = body, Envelope = new Envelope(sender, [new Recipient(recipient)]), LastError = error,
            Priority = Priority.Of(priority), DueAt = dueAt, IsHeld = isHeld,
            Attributes = attributes ?? new Dictionary<string, AttributeValue>(),
        }));
        return result.Added[0].Id;
    }

    public long Count(string queue) => Engine.Status(QueueName.Parse(queue))?.Messages ?? 0;

    /// <summary>Stops the doors; the engine goes on.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await Engine.DisposeAsync();
        await Parts.Timeline.DisposeAsync();
    }
}
