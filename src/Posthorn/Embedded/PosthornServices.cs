using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Posthorn.Embedded.Hosting;

namespace Posthorn.Embedded;

/// <summary>Puts the queue into a host.</summary>
public static class PosthornServices
{
    /// <summary>
    /// Adds a store: <see cref="IQueues"/>, and each queue as a keyed <see cref="IQueue"/> (<c>[FromKeyedServices("orders")] IQueue orders</c>).
    /// It opens before any hosted service starts and closes after the last one has stopped. Called again it adds to the options: one store a host.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets where it is and which queues it has. What is wrong is told at the start, with the key.</param>
    /// <returns>What adds typed queues and processors.</returns>
    public static PosthornBuilder AddPosthorn(this IServiceCollection services, Action<StoreOptions>? configure = null)
    {
        var options = services.AddOptions<StoreOptions>();
        if (configure is not null)
            options.Configure(configure);
        if (!services.Any(service => service.ServiceType == typeof(StoreHost)))
        {
            options.ValidateOnStart();
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StoreOptions>, StoreOptionsValidator>());
            services.AddSingleton(static provider => new StoreHost(
                provider.GetRequiredService<IOptions<StoreOptions>>(), provider.GetService<TimeProvider>(), provider.GetService<ILoggerFactory>()));
            services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<StoreHost>());
            services.AddSingleton<IQueues>(static provider => provider.GetRequiredService<StoreHost>());
            services.AddKeyedSingleton(KeyedService.AnyKey, static (provider, name) => provider.GetRequiredService<IQueues>().Get((string)name!));
        }
        return new PosthornBuilder(services);
    }
}
