using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Server.Connections;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Pop3;

/// <summary>Puts the POP3 doors into a host.</summary>
internal static class Pop3DoorExtensions
{
    private const string ConnectionsKey = "pop3";

    /// <summary>Registers the doors. Needs of the container: <see cref="PosthornOptions"/>, <see cref="IEngine"/>, <see cref="IAccounts"/>, <see cref="MailboxAccess"/>, <see cref="ITimeline"/>, logging and a clock.</summary>
    /// <param name="services">The container.</param>
    /// <param name="tls">Makes what gives the certificate at each handshake; null when TLS is not configured.</param>
    public static IServiceCollection AddPop3Door(this IServiceCollection services, Func<IServiceProvider, Func<SslServerAuthenticationOptions?>?> tls)
    {
        services.AddSingleton<Pop3Metrics>();
        services.AddCluster();
        services.AddKeyedSingleton(ConnectionsKey, static (p, _) =>
        {
            var options = p.GetRequiredService<PosthornOptions>().Pop3;
            var connections = new OpenConnections(options.ConnectionsMax, options.ConnectionsPerAddressMax, static _ => false, p.GetRequiredService<Duty>(), p.GetRequiredService<TimeProvider>());
            p.GetRequiredService<NodeTally>().Ask(() => new NodeFigures { Sessions = connections.Count });
            return connections;
        });
        services.AddSingleton(p => new Pop3Context
        {
            Options = p.GetRequiredService<PosthornOptions>().Pop3,
            Hostname = p.GetRequiredService<PosthornOptions>().Hostname,
            Engine = p.GetRequiredService<IEngine>(),
            Accounts = new MaildropAccounts(p.GetRequiredService<IAccounts>(), p.GetRequiredService<MailboxAccess>()),
            HasScram = !p.GetRequiredService<IAccounts>().IsOpen,
            Locks = new MaildropLocks(),
            Tls = tls(p),
            Timeline = p.GetRequiredService<ITimeline>(),
            Metrics = p.GetRequiredService<Pop3Metrics>(),
            Time = p.GetRequiredService<TimeProvider>(),
            Logger = p.GetRequiredService<ILoggerFactory>().CreateLogger("Posthorn.Pop3"),
        });
        return services;
    }

    /// <summary>Speaks POP3 on a listener.</summary>
    public static void UsePop3(this IConnectionBuilder listener, Pop3Door door)
    {
        var context = listener.ApplicationServices.GetRequiredService<Pop3Context>();
        var handler = new Pop3ConnectionHandler(context, listener.ApplicationServices.GetRequiredKeyedService<OpenConnections>(ConnectionsKey), door);
        listener.Run(handler.OnConnectedAsync);
    }
}
