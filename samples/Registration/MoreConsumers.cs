using Posthorn.Embedded;

namespace Posthorn.Samples.Registration;

/// <summary>Consumers that are added while the shop runs: each sends one mail at a time. They share the queue with all others, and no mail goes to two.</summary>
internal sealed class MoreConsumers(IServiceProvider services, ProcessOptions options) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _consumers = []; // its own lock guards it

    /// <summary>Adds one.</summary>
    /// <returns>How many were added so far.</returns>
    public int Add()
    {
        lock (_consumers)
        {
            _consumers.Add(ConsumeAsync());
            return _consumers.Count;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Mails that are being sent are finished.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        Task all;
        lock (_consumers)
            all = Task.WhenAll(_consumers);
        await all;
    }

    public void Dispose() => _stop.Dispose();

    private async Task ConsumeAsync()
    {
        await using var scope = services.CreateAsyncScope();
        var mails = scope.ServiceProvider.GetRequiredService<IQueue<WelcomeMail>>();
        await mails.ProcessAsync(scope.ServiceProvider.GetRequiredService<WelcomeMailer>().ProcessAsync, options, _stop.Token);
    }
}
