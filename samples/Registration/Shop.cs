using System.Text.Json;
using Posthorn.Embedded;
using Posthorn.Queues;

namespace Posthorn.Samples.Registration;

/// <summary>The web application: its queue, who works on it, and what can be asked of it.</summary>
internal static class Shop
{
    /// <summary>Tried again after 1 s, 2 s, 4 s … 10 min.</summary>
    private static readonly ProcessOptions s_sending = new()
    {
        Backoff = Backoff.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)) with { Spread = 0.2 },
        IsPermanent = MailRefusals.IsPermanent,
    };

    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://127.0.0.1:5080");
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ShopJson.Default));

        builder.Services
            .AddPosthorn(options => options.Data = builder.Configuration["Data"] ?? "registration-data")
            .AddQueue("welcome-mails", ShopJson.Default.WelcomeMail, policy => policy with { DeadLetterQueue = QueueName.Parse("welcome-mails-dead"), ReceivesMax = 12 })
            .AddProcessor<WelcomeMail, WelcomeMailer>("welcome-mails", s_sending with { Concurrency = builder.Configuration.GetValue("Consumers", 8) });
        builder.Services.AddSingleton(services => new MoreConsumers(services, s_sending)).AddHostedService(services => services.GetRequiredService<MoreConsumers>());
        // SmtpClient blocks a thread while its server takes its time, and a pool that grows by one thread a second would hold the consumers up.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, 32), completions);

        var app = builder.Build();
        Map(app);
        return app;
    }

    private static void Map(WebApplication app)
    {
        app.MapPost("/users", async (User user, IQueues queues, IQueue<WelcomeMail> mails, CancellationToken aborted) =>
        {
            if (!user.IsComplete)
                return Results.BadRequest("A user has a name and a mail address.");
            if (queues.Engine.Document("user " + user.Address) is not null)
                return Results.Conflict("This address is registered already.");
            // The key catches whoever registers the same address in this very moment.
            var done = await queues.NewCommit(idempotencyKey: "register " + user.Address)
                .With(commit => commit.SetDocument("user " + user.Address, JsonSerializer.SerializeToUtf8Bytes(user, ShopJson.Default.User)))
                .Send(mails, new WelcomeMail(user.Name, user.Address))
                .CommitAsync(aborted);
            return done.IsRepeat ? Results.Conflict("This address is registered already.") : Results.Accepted();
        });

        app.MapGet("/users/count", (IQueues queues) => queues.Engine.Documents("user ").Count);

        app.MapGet("/mails", (IQueues queues) => queues.List().ToDictionary(queue => queue.Name.Value, queue => queue.Messages));

        // One consumer more, beside those the shop started with.
        app.MapPost("/consumers", (MoreConsumers consumers) => consumers.Add());
    }
}
