using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Posthorn.Contracts;
using Posthorn.Embedded;
using Posthorn.Files;
using Posthorn.Journal;
using Posthorn.Queues;
using Posthorn.UnitTests.Journal;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Embedded;

public sealed class HostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("posthorn-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_host_opens_the_store_before_its_services_start_and_closes_it_after_they_have_stopped()
    {
        var builder = Builder();
        builder.Services.AddPosthorn(Configure).AddQueue("orders", ShopJson.Default.Order);
        builder.Services.AddHostedService<Clerk>();
        using (var host = builder.Build())
        {
            await host.StartAsync();
            host.Services.GetRequiredService<IQueues>().List().ShouldHaveSingleItem().Messages.ShouldBe(1);
            await host.StopAsync();
            Should.Throw<ObjectDisposedException>(() => host.Services.GetRequiredService<IQueues>().List());
        }

        await using var store = await PosthornStore.OpenAsync(_folder); // the folder is free again
        store.Get("orders").Status()!.Messages.ShouldBe(2);
    }

    [Fact]
    public async Task A_queue_is_had_by_its_name_as_a_key_and_by_its_type()
    {
        var builder = Builder();
        builder.Services.AddPosthorn(Configure).AddQueue("orders", ShopJson.Default.Order).AddQueue("returns", ShopJson.Default.Order);
        using var host = builder.Build();

        host.Services.GetRequiredKeyedService<IQueue>("letters").Name.Value.ShouldBe("letters");
        host.Services.GetRequiredService<IQueue<Order>>().Name.Value.ShouldBe("orders");
        host.Services.GetRequiredKeyedService<IQueue<Order>>("returns").Name.Value.ShouldBe("returns");
        Should.Throw<InvalidOperationException>(() => host.Services.GetRequiredService<IQueues>().List()).Message.ShouldContain("when the host starts");
        await host.StartAsync();
        host.Services.GetRequiredService<IQueues>().List().Select(q => q.Name.Value).ShouldBe(["orders", "returns"]);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_processor_works_on_each_message_in_a_scope_of_its_own_and_finishes_at_the_stop()
    {
        var builder = Builder();
        builder.Services.AddSingleton<Ledger>();
        builder.Services.AddPosthorn(Configure)
            .AddQueue("orders", ShopJson.Default.Order)
            .AddProcessor<Order, Bookkeeper>("orders", new ProcessOptions { Concurrency = 2 })
            .AddProcessor<Postman>("letters");
        using var host = builder.Build();
        await host.StartAsync();
        var ledger = host.Services.GetRequiredService<Ledger>();

        await host.Services.GetRequiredService<IQueue<Order>>().SendBatchAsync([new Order(1, "horn"), new Order(2, "reed")]);
        await host.Services.GetRequiredKeyedService<IQueue>("letters").SendAsync("dear all");
        await ledger.ThreeEntries.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await host.StopAsync();

        ledger.Entries.Order().ShouldBe(["dear all", "horn", "reed"]);
        ledger.Bookkeepers.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_wrong_with_the_options_is_told_at_the_start_with_every_key()
    {
        var builder = Builder();
        builder.Services.AddPosthorn(options =>
        {
            options.Data = " ";
            options.Journal = new JournalOptions { SegmentBytes = 1 };
            options.Queue("orders", q => q with { ReceivesMax = 0 });
            options.Queue(" padded ");
        });
        using var host = builder.Build();

        var failures = (await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync())).Failures.ToList();
        failures.Count.ShouldBe(4);
        failures[0].ShouldStartWith("Data: ");
        failures[1].ShouldStartWith("Journal.SegmentBytes: ");
        failures[2].ShouldStartWith("Queue(\"orders\").ReceivesMax: ");
        failures[3].ShouldStartWith("Queue(\" padded \"): ");
    }

    [Fact]
    public async Task When_the_start_of_another_service_fails_the_folder_is_given_back()
    {
        var builder = Builder();
        builder.Services.AddPosthorn(Configure);
        builder.Services.AddHostedService<Saboteur>();
        using (var host = builder.Build())
            await Should.ThrowAsync<InvalidTimeZoneException>(() => host.StartAsync());

        using var files = new PhysicalFileSystem(Path.Combine(_folder, "journal"));
    }

    [Fact]
    public async Task A_folder_in_use_is_not_opened_a_second_time()
    {
        await using var store = await PosthornStore.OpenAsync(_folder);
        await Should.ThrowAsync<FolderInUseException>(() => PosthornStore.OpenAsync(_folder));
    }

    private static HostApplicationBuilder Builder() => Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

    private void Configure(StoreOptions options)
    {
        options.Data = _folder;
        options.Journal = JournalTestOptions.Small;
    }

    /// <summary>Sends when it starts and when it stops.</summary>
    private sealed class Clerk(IQueue<Order> orders) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken) => await orders.SendAsync(new Order(1, "horn"), cancellationToken: cancellationToken);

        public async Task StopAsync(CancellationToken cancellationToken) => await orders.SendAsync(new Order(2, "reed"), cancellationToken: cancellationToken);
    }

    private sealed class Saboteur : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new InvalidTimeZoneException();

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Ledger
    {
        private readonly Lock _gate = new();

        public List<string> Entries { get; } = [];

        public int Bookkeepers { get; set; }

        public TaskCompletionSource ThreeEntries { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Enter(string text)
        {
            lock (_gate)
            {
                Entries.Add(text);
                if (Entries.Count == 3)
                    ThreeEntries.SetResult();
            }
        }
    }

    private sealed class Bookkeeper : IMessageProcessor<Order>
    {
        private readonly Ledger _ledger;

        public Bookkeeper(Ledger ledger)
        {
            lock (ledger)
                ledger.Bookkeepers++;
            _ledger = ledger;
        }

        public Task ProcessAsync(ReceivedMessage<Order> message, CancellationToken cancellationToken)
        {
            _ledger.Enter(message.Value.Item);
            return Task.CompletedTask;
        }
    }

    private sealed class Postman(Ledger ledger) : IMessageProcessor
    {
        public async Task ProcessAsync(ReceivedMessage message, CancellationToken cancellationToken) =>
            ledger.Enter(await message.ReadTextAsync(cancellationToken));
    }
}
