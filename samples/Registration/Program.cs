// A web shop's registration. A user is registered and the welcome mail queued in one commit, and answered at once; the mail goes out in the
// background, is tried again while the mail server is away, and becomes a dead letter when that refuses it for good.
//
//     dotnet run --project samples/Registration
//     curl -d '{"name":"Ada","address":"ada@example.test"}' -H 'Content-Type: application/json' http://127.0.0.1:5080/users
//
// The mail server is expected at 127.0.0.1:2525, where ./posthorn serve listens; --Smtp:Host and --Smtp:Port name another.
using System.Text.Json;
using Posthorn.Embedded;
using Posthorn.Queues;
using Posthorn.Samples.Registration;

var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://127.0.0.1:5080");
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ShopJson.Default));

builder.Services
    .AddPosthorn(options => options.Data = builder.Configuration["Data"] ?? "registration-data")
    .AddQueue("welcome-mails", ShopJson.Default.WelcomeMail, policy => policy with { DeadLetterQueue = QueueName.Parse("welcome-mails-dead"), ReceivesMax = 12 })
    .AddProcessor<WelcomeMail, WelcomeMailer>("welcome-mails", new ProcessOptions
    {
        Concurrency = 8,
        Backoff = Backoff.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)) with { Spread = 0.2 },
        IsPermanent = MailRefusals.IsPermanent,
    });

var app = builder.Build();

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

await app.RunAsync();
