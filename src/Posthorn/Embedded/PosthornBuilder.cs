using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Posthorn.Embedded.Hosting;
using Posthorn.Queues;

namespace Posthorn.Embedded;

/// <summary>Adds queues and their processors to a host's store.</summary>
public sealed class PosthornBuilder
{
    internal PosthornBuilder(IServiceCollection services) => Services = services;

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Adds a typed queue: an <see cref="IQueue{T}"/>, also keyed by its name. Of two queues of one type the first is the one without a key.
    /// </summary>
    /// <param name="name">1 to 255 characters.</param>
    /// <param name="type">How values become JSON: a property of a source-generated context.</param>
    /// <param name="policy">See <see cref="StoreOptions.Queue"/>.</param>
    public PosthornBuilder AddQueue<T>(string name, JsonTypeInfo<T> type, Func<QueuePolicy, QueuePolicy>? policy = null)
    {
        Services.Configure<StoreOptions>(options => options.Queue(name, policy));
        Services.TryAddSingleton(provider => provider.GetRequiredService<IQueues>().Get(name, type));
        Services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredService<IQueues>().Get(name, type));
        return this;
    }

    /// <summary>Adds a processor that works on a queue while the host runs.</summary>
    /// <param name="queue">The queue's name.</param>
    /// <param name="options">Null is one message at a time.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    public PosthornBuilder AddProcessor<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProcessor>(
        string queue, ProcessOptions? options = null)
        where TProcessor : class, IMessageProcessor
    {
        options?.Validate();
        Services.TryAddScoped<TProcessor>();
        Services.AddSingleton<IHostedService>(provider => new ProcessorService(stop => provider.GetRequiredService<IQueues>().Get(queue).ProcessAsync(
            async (message, token) =>
            {
                await using var scope = provider.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<TProcessor>().ProcessAsync(message, token);
            },
            options, stop)));
        return this;
    }

    /// <summary>Adds a processor that works on the values of a typed queue, added before with <see cref="AddQueue{T}"/>, while the host runs.</summary>
    /// <param name="queue">The queue's name.</param>
    /// <param name="options">Null is one message at a time.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    public PosthornBuilder AddProcessor<T, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProcessor>(
        string queue, ProcessOptions? options = null)
        where TProcessor : class, IMessageProcessor<T>
    {
        options?.Validate();
        Services.TryAddScoped<TProcessor>();
        Services.AddSingleton<IHostedService>(provider => new ProcessorService(stop => provider.GetRequiredKeyedService<IQueue<T>>(queue).ProcessAsync(
            async (message, token) =>
            {
                await using var scope = provider.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<TProcessor>().ProcessAsync(message, token);
            },
            options, stop)));
        return this;
    }
}
