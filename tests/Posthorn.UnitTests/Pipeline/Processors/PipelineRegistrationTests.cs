using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Queues;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Mailets;
using Posthorn.Server.Pipeline.Matchers;
using Posthorn.Server.Pipeline.Processors;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Pipeline.Processors;

/// <summary>The pipeline in a program, with matchers and mailets of its own.</summary>
public sealed class PipelineRegistrationTests
{
    [Fact]
    public async Task A_program_brings_its_own_matchers_and_mailets()
    {
        await using var world = new PipelineWorld();
        await using var provider = Services(world, """
            pipeline:
              root:
                - { if: "in-list(b@here.test, c@here.test)", tag: { kind: invoice } }
                - { greet: true, deliver: { queue: end } }
            """).BuildServiceProvider();
        var service = provider.GetServices<IHostedService>().OfType<PipelineService>().ShouldHaveSingleItem();
        await service.StartAsync(CancellationToken.None);

        await world.SendAsync("a@here.test", "b@here.test");
        while (world.Engine.Status(QueueName.Parse("end"))?.Messages is not 2)
            await Task.Yield();
        await service.StopAsync(CancellationToken.None);

        (await world.InAsync("end")).ToDictionary(m => m.Envelope.Recipients.Single().Address, m => $"{m.Text("kind")} {m.Text("greeting")}")
            .ShouldBe(new Dictionary<string, string> { ["a@here.test"] = " hello", ["b@here.test"] = "invoice hello" }, ignoreOrder: true);
    }

    [Fact]
    public void What_a_mailet_of_ones_own_refuses_stops_the_start_with_its_place()
    {
        var services = Services(new PipelineWorld(), "pipeline:\n  root: [{ tag: invoice, deliver: mailbox }]");

        Should.Throw<ConfigException>(() => services.BuildServiceProvider().GetRequiredService<PipelineDefinition>()).Message
            .ShouldBe("p.yaml:2:17: pipeline.root[0].tag: takes a kind");
    }

    private static ServiceCollection Services(PipelineWorld world, string pipeline)
    {
        var parts = world.Services;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(new PosthornOptions { Pipeline = PipelineWorld.Read(pipeline) });
        services.AddSingleton<IEngine>(world.Engine);
        services.AddSingleton(parts.Addresses);
        services.AddSingleton(parts.Bounces);
        services.AddSingleton(parts.Orders);
        services.AddSingleton(parts.Timeline);
        services.AddSingleton<TimeProvider>(world.Clock);
        services.AddSingleton("hello");
        services.AddMatcher<InList>("in-list").AddMailet<Tag>("tag").AddMailet<Greet>("greet").AddPipeline((_, _) => world.Folder);
        return services;
    }

    private sealed class InList(IReadOnlyList<string> addresses) : IMatcher
    {
        public ValueTask<IReadOnlyCollection<Recipient>> MatchAsync(MailContext mail, CancellationToken cancellationToken) =>
            new(mail.Recipients.Where(r => addresses.Contains(r.Address, StringComparer.Ordinal)).ToArray());
    }

    private sealed class Tag(ConfigNode written) : IMailet
    {
        private readonly string _kind = written is ConfigNode.Map map && map["kind"] is ConfigNode.Scalar kind ? kind.Text : throw new FormatException("takes a kind");

        public ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
        {
            mail.SetAttribute("kind", _kind);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Greet(string greeting) : IMailet
    {
        public ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
        {
            mail.SetAttribute("greeting", greeting);
            return ValueTask.CompletedTask;
        }
    }
}
