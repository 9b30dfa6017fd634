using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Files;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Operate.Clustering;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Operate.Metrics;
using Posthorn.Server.Operate.Orders;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Pipeline.Mailets;
using Posthorn.Server.Pipeline.Matchers;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Adds the pipeline, and matchers and mailets of one's own, to a program.</summary>
public static class PipelineRegistration
{
    /// <summary>
    /// Adds the pipeline of <see cref="PosthornOptions.Pipeline"/> and its workers. Needs <see cref="PosthornOptions"/>, <see cref="IEngine"/>, <see cref="IAddressBook"/>,
    /// <see cref="IBounceWriter"/>, <see cref="IStandingOrders"/>, <see cref="ITimeline"/>, <see cref="TimeProvider"/> and logging.
    /// </summary>
    /// <param name="services">The program's services.</param>
    /// <param name="openFolder">Opens a folder that <c>save-attachments</c> and <c>strip-attachments</c> save files to.</param>
    public static IServiceCollection AddPipeline(this IServiceCollection services, Func<string, TimeProvider, IJournalFileSystem> openFolder)
    {
        services.TryAddSingleton(_ => new PipelineMetrics(ServerMeter.Instance));
        services.AddCluster();
        services.TryAddSingleton<PipelineCompiler>();
        services.TryAddSingleton(provider => provider.GetRequiredService<PipelineCompiler>().Compile(provider.GetRequiredService<PosthornOptions>().Pipeline));
        services.TryAddSingleton(provider => new PipelineServices
        {
            Engine = provider.GetRequiredService<IEngine>(),
            Addresses = provider.GetRequiredService<IAddressBook>(),
            Bounces = provider.GetRequiredService<IBounceWriter>(),
            Orders = provider.GetRequiredService<IStandingOrders>(),
            Timeline = provider.GetRequiredService<ITimeline>(),
            Duty = provider.GetRequiredService<Duty>(),
            Time = provider.GetRequiredService<TimeProvider>(),
            Settings = PipelineSettings.Of(provider.GetRequiredService<PosthornOptions>()),
            Http = NewHttp(),
            OpenFolder = new AttachmentFolders(folder => openFolder(folder, provider.GetRequiredService<TimeProvider>())).Open,
            Log = provider.GetRequiredService<ILoggerFactory>().CreateLogger("Posthorn.Pipeline"),
            Metrics = provider.GetRequiredService<PipelineMetrics>(),
        });
        services.AddSingleton<IHostedService, PipelineService>();
        return services;
    }

    /// <summary>Adds a mailet of one's own. It is made for each place in the configuration, with what is written there when its constructor takes a <see cref="ConfigNode"/>.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="name">Its key in rules: lower-case words with hyphens.</param>
    public static IServiceCollection AddMailet<T>(this IServiceCollection services, string name)
        where T : class, IMailet =>
        services.AddSingleton(new MailetRegistration(name, (provider, node) => Make<T>(provider, node)));

    /// <summary>Adds a matcher of one's own. It is made for each place in the configuration, with the texts between its parentheses when its constructor takes them as an <see cref="IReadOnlyList{T}"/> of strings.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="name">Its name in conditions: lower-case words with hyphens.</param>
    public static IServiceCollection AddMatcher<T>(this IServiceCollection services, string name)
        where T : class, IMatcher =>
        services.AddSingleton(new MatcherRegistration(name, (provider, arguments) => Make<T>(provider, arguments)));

    private static T Make<T>(IServiceProvider provider, object written)
    {
        var takesIt = typeof(T).GetConstructors().Any(c => c.GetParameters().Any(p => p.ParameterType.IsInstanceOfType(written)));
        return takesIt ? ActivatorUtilities.CreateInstance<T>(provider, written) : ActivatorUtilities.CreateInstance<T>(provider);
    }

    // A service that moves to another address is found within two minutes; a redirect is no answer to a mail.
    private static HttpMessageInvoker NewHttp() =>
        new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), AllowAutoRedirect = false, UseCookies = false });
}
