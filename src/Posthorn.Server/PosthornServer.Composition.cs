using System.Net.Security;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Server.Accept.Aws;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Deliver.Attachments;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Webhooks;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Admin;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Health;
using Posthorn.Server.Operate.Logging;
using Posthorn.Server.Operate.Metrics;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Operate.Tls;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Retrieve.Imap;
using Posthorn.Server.Retrieve.Mailboxes;
using Posthorn.Server.Retrieve.Pop3;

namespace Posthorn.Server;

// What the server is made of. The only place that knows all areas; each area registers its own parts.
public sealed partial class PosthornServer
{
    /// <summary>How long doors and workers may take to finish; a mail that is coming in counts as begun.</summary>
    private static readonly TimeSpan s_drainMax = TimeSpan.FromSeconds(30);

    private static WebApplication Build(PosthornOptions options, IEngine engine, TimeProvider time, ILoggerProvider logs, Action<IServiceCollection>? configure)
    {
        // Empty: no settings files, no environment, no console of the framework's. What the server does is in our configuration or nowhere,
        // and starting costs a third of the default builder's time.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "posthorn", ContentRootPath = AppContext.BaseDirectory });
        var services = builder.Services;
        services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        services.Configure<HostOptions>(o => o.ShutdownTimeout = s_drainMax + options.Outgoing.DrainTimeout);
        // What fails a start is told once, in a sentence, by who started the server; the host would put a stack in front of it.
        var hasStarted = new StrongBox<bool>();
        services.AddLogging(l => l.SetMinimumLevel(LogLevel.Trace)
            .AddFilter((category, _) => hasStarted.Value || category != "Microsoft.Extensions.Hosting.Internal.Host")
            .AddProvider(new BorrowedLoggerProvider(logs)));
        services.AddRoutingCore();

        services.AddSingleton(engine);
        services.AddSingleton(time);
        services.AddSingleton(options);
        services.AddCluster();
        AddOperation(services, options);
        AddMailPath(services, options);
        services.AddAwsDoors();
        services.AddWebhooks();
        services.AddNodePulse();
        services.AddAdminApi();
        configure?.Invoke(services);

        var doors = new BoundDoors(options.Listen);
        services.AddSingleton(doors);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => doors.Listen(kestrel));
        // A session runs on the thread that took its bytes from the socket: two hand-overs between threads less for each command and reply.
        // No session blocks: what waits for the disk or another host is awaited.
        services.Configure<SocketTransportOptions>(transport => transport.UnsafePreferInlineScheduling = true);
        // After Kestrel's own, so that this one is asked.
        services.AddSingleton<IConnectionListenerFactory>(p => new DoorTransport(
            new SocketTransportFactory(p.GetRequiredService<IOptions<SocketTransportOptions>>(), p.GetRequiredService<ILoggerFactory>()), doors.Wanted));

        var host = builder.Build();
        host.Lifetime.ApplicationStarted.Register(() => hasStarted.Value = true);
        host.MapOperatorEndpoints();
        host.MapAdminApi();
        host.MapAwsDoors();
        return host;
    }

    private static void AddOperation(IServiceCollection services, PosthornOptions options)
    {
        services.AddSingleton(p => new ServerState(p.GetRequiredService<TimeProvider>().GetUtcNow()));
        services.AddSingleton<HealthCheck>();
        services.AddSingleton<MetricsExporter>();
        var accounts = new AccountBook(options.Accounts);
        services.AddSingleton<IAccounts>(accounts);
        services.AddSingleton<IAccessKeys>(accounts);
        services.AddSingleton<ITimelineStore>(p => p.GetRequiredService<ICluster>() is { Chronicle: { } chronicle } cluster
            ? new SharedTimeline(cluster, chronicle, options.Timeline, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<SharedTimeline>>())
            : TimelineStore.Open(
                Path.Combine(options.Data, "timeline"), options.Timeline, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<TimelineStore>>()));
        services.AddSingleton<ITimeline>(p => new TalliedTimeline(
            options.Log.Messages ? new MessageLog(p.GetRequiredService<ITimelineStore>(), p.GetRequiredService<ILogger<MessageLog>>()) : p.GetRequiredService<ITimelineStore>(),
            p.GetRequiredService<NodeTally>()));
        services.AddSingleton(p => StandingOrders.Load(p.GetRequiredService<IEngine>(), p.GetRequiredService<ICluster>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<StandingOrders>>()));
        services.AddSingleton<IStandingOrders>(p => p.GetRequiredService<StandingOrders>());
        if (options.Tls is { } tls)
            services.AddSingleton(p => TlsCertificates.Open(tls, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<TlsCertificates>>()));
    }

    private static void AddMailPath(IServiceCollection services, PosthornOptions options)
    {
        services.AddSingleton<IAddressBook>(_ => new AddressBook(options));
        services.AddSingleton<MailboxQuota>();
        services.AddSingleton<MailboxAccess>();
        // In the order they start; they stop in the opposite one, so what the pipeline still commits finds the dispatcher there.
        services.AddOutgoing();
        services.AddPipeline(AttachmentFolder.Open);
        services.AddSmtpDoor(Tls);
        services.AddPop3Door(Tls);
        services.AddImapDoor(Tls);

        static Func<SslServerAuthenticationOptions?>? Tls(IServiceProvider p) => p.GetService<TlsCertificates>() is { } certificates ? () => certificates.Authentication : null;
    }
}
