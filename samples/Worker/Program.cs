// A worker that computes the SHA-256 of files: paths come in on standard input, one a line, and are queued; results go out on standard output.
// SIGTERM (Ctrl+C) lets the files at work finish; what is still queued goes on at the next start. So does everything after a kill -9.
//
//     ls /usr/bin/* | dotnet run --project samples/Worker
using Posthorn.Embedded;
using Posthorn.Samples.Worker;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace); // standard output is for results

builder.Services
    .AddPosthorn(options => options.Data = builder.Configuration["Data"] ?? "worker-data")
    .AddQueue("files", WorkerJson.Default.FileJob)
    .AddQueue("results", WorkerJson.Default.FileResult);
builder.Services.AddHostedService<ResultPrinter>();
builder.Services.AddHostedService<HashWorker>();
builder.Services.AddHostedService<PathReader>();

await builder.Build().RunAsync();
