using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Server.Connections;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Imap.Mailboxes;
using Posthorn.Server.Retrieve.Imap.Messages;
using Posthorn.Server.Retrieve.Imap.Views;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap;

/// <summary>Puts the IMAP doors into a host.</summary>
internal static class ImapDoorExtensions
{
    private const string ConnectionsKey = "imap";

    /// <summary>
    /// Registers the doors. Needs of the container: <see cref="PosthornOptions"/>, <see cref="IEngine"/>, <see cref="IAccounts"/>, <see cref="MailboxAccess"/>,
    /// <see cref="MailboxQuota"/>, <see cref="ITimeline"/>, logging and a clock.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="tls">Makes what gives the certificate at each handshake; null when TLS is not configured.</param>
    public static IServiceCollection AddImapDoor(this IServiceCollection services, Func<IServiceProvider, Func<SslServerAuthenticationOptions?>?> tls)
    {
        services.AddSingleton<ImapMetrics>();
        services.AddSingleton<MailboxNotes>();
        services.AddCluster();
        services.AddKeyedSingleton(ConnectionsKey, static (p, _) =>
        {
            var options = p.GetRequiredService<PosthornOptions>().Imap;
            var connections = new OpenConnections(options.ConnectionsMax, options.ConnectionsPerAddressMax, static _ => false, p.GetRequiredService<Duty>(), p.GetRequiredService<TimeProvider>());
            p.GetRequiredService<NodeTally>().Ask(() => new NodeFigures { Sessions = connections.Count });
            return connections;
        });
        services.AddSingleton(p =>
        {
            var (server, engine) = (p.GetRequiredService<PosthornOptions>(), p.GetRequiredService<IEngine>());
            return new ImapContext
            {
                Server = server,
                Engine = engine,
                Access = p.GetRequiredService<MailboxAccess>(),
                Views = new MailboxViews(engine),
                Notes = p.GetRequiredService<MailboxNotes>(),
                Structures = new MessageStructures(engine, server.Imap.StructureCacheBytesMax),
                Quota = p.GetRequiredService<MailboxQuota>(),
                Accounts = p.GetRequiredService<IAccounts>(),
                Sasl = new AccountsSasl(p.GetRequiredService<IAccounts>()),
                Sessions = new AccountSessions(server.Imap.ConnectionsPerAccountMax),
                HasScram = !p.GetRequiredService<IAccounts>().IsOpen,
                Tls = tls(p),
                Timeline = p.GetRequiredService<ITimeline>(),
                Metrics = p.GetRequiredService<ImapMetrics>(),
                Time = p.GetRequiredService<TimeProvider>(),
                Logger = p.GetRequiredService<ILoggerFactory>().CreateLogger("Posthorn.Imap"),
            };
        });
        return services;
    }

    /// <summary>Speaks IMAP on a listener.</summary>
    public static void UseImap(this IConnectionBuilder listener, ImapDoor door)
    {
        var context = listener.ApplicationServices.GetRequiredService<ImapContext>();
        var handler = new ImapConnectionHandler(context, listener.ApplicationServices.GetRequiredKeyedService<OpenConnections>(ConnectionsKey), door);
        listener.Run(handler.OnConnectedAsync);
    }
}
