using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Server.Connections;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Spool;
using ListenOptions = Posthorn.Server.Operate.Configuration.ListenOptions;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>Puts the SMTP doors into a host.</summary>
internal static class SmtpDoorExtensions
{
    private const string ConnectionsKey = "smtp";

    /// <summary>
    /// Registers the doors and the spool. Needs of the container: <see cref="PosthornOptions"/>, <see cref="IEngine"/>, <see cref="IAddressBook"/>,
    /// <see cref="MailboxQuota"/>, <see cref="IAccounts"/>, <see cref="Operate.Timeline.ITimeline"/> and logging; <see cref="TimeProvider"/> when it is not the system's.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="tls">Makes what gives the certificate at each handshake; null when TLS is not configured.</param>
    public static IServiceCollection AddSmtpDoor(this IServiceCollection services, Func<IServiceProvider, Func<SslServerAuthenticationOptions?>?> tls)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddCluster();
        services.AddSingleton<IMailSpool, MailSpool>();
        services.AddSingleton<SmtpMetrics>();
        services.AddSingleton(PolicyOf);
        services.AddKeyedSingleton(ConnectionsKey, static (p, _) =>
        {
            var options = p.GetRequiredService<PosthornOptions>().Smtp;
            var connections = new OpenConnections(
                options.ConnectionsMax, options.ConnectionsPerAddressMax, p.GetRequiredService<RelayPolicy>().IsRelayPeer, p.GetRequiredService<Duty>(),
                p.GetRequiredService<TimeProvider>());
            p.GetRequiredService<NodeTally>().Ask(() => new NodeFigures { Sessions = connections.Count });
            return connections;
        });
        services.AddSingleton(p => new SmtpContext
        {
            Options = p.GetRequiredService<PosthornOptions>().Smtp,
            Hostname = p.GetRequiredService<PosthornOptions>().Hostname,
            Engine = p.GetRequiredService<IEngine>(),
            Spool = p.GetRequiredService<IMailSpool>(),
            Relay = p.GetRequiredService<RelayPolicy>(),
            Quota = p.GetRequiredService<MailboxQuota>(),
            Accounts = new AccountsSasl(p.GetRequiredService<IAccounts>()),
            HasScram = !p.GetRequiredService<IAccounts>().IsOpen,
            Tls = tls(p),
            Metrics = p.GetRequiredService<SmtpMetrics>(),
            Time = p.GetRequiredService<TimeProvider>(),
            Logger = p.GetRequiredService<ILoggerFactory>().CreateLogger("Posthorn.Smtp"),
        });
        return services;
    }

    /// <summary>Binds the doors that are on.</summary>
    public static void ListenSmtp(this KestrelServerOptions kestrel, ListenOptions listen)
    {
        Listen(listen.Smtp, SmtpDoor.Smtp);
        Listen(listen.Smtps, SmtpDoor.Smtps);
        Listen(listen.Lmtp, SmtpDoor.Lmtp);

        void Listen(IPEndPoint? endpoint, SmtpDoor door)
        {
            if (endpoint is not null)
                kestrel.Listen(endpoint, o => o.UseSmtp(door));
        }
    }

    /// <summary>Speaks SMTP on a listener.</summary>
    public static void UseSmtp(this IConnectionBuilder listener, SmtpDoor door)
    {
        var context = listener.ApplicationServices.GetRequiredService<SmtpContext>();
        var handler = new SmtpConnectionHandler(context, listener.ApplicationServices.GetRequiredKeyedService<OpenConnections>(ConnectionsKey), door);
        listener.Run(handler.OnConnectedAsync);
    }

    private static RelayPolicy PolicyOf(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<PosthornOptions>();
        return new RelayPolicy(
            provider.GetRequiredService<IAddressBook>(),
            options.Hostname,
            options.Smtp.RelayNetworks,
            isOpen: provider.GetRequiredService<IAccounts>().IsOpen,
            hasPipeline: options.Pipeline is not null);
    }
}
