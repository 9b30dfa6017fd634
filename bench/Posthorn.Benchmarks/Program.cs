using Posthorn.Benchmarks;
using Posthorn.Benchmarks.Imap;
using Posthorn.Benchmarks.Limits;
using Posthorn.Benchmarks.Peers;
using Posthorn.Benchmarks.Peers.Answering;
using Posthorn.Benchmarks.Reports;
using Posthorn.Queues;

// dotnet run -c Release --project bench/Posthorn.Benchmarks -- journal [seconds [row]]
var seconds = int.TryParse(args.ElementAtOrDefault(1), out var given) ? given : 5;
switch (args.FirstOrDefault())
{
    case "journal":
        await JournalBenchmark.RunAsync(TimeSpan.FromSeconds(seconds), args.ElementAtOrDefault(2) ?? "");
        return 0;
    case "growth" when args.Length > 3:
        await GrowthBenchmark.RunAsync(args[1], long.Parse(args[2]), Number(4, 1024), (long)Number(5, 256) << 20, TimeSpan.FromSeconds(double.Parse(args[3])));
        return 0;
    case "backlog" when args.Length > 3:
        await Backlog.BringAsync(args[1], QueueName.Parse(args[2]), long.Parse(args[3]), Number(4, 1024));
        return 0;
    case "limit" when args.Length > 1:
        await LimitBenchmark.RunAsync(args[1], TimeSpan.FromSeconds(double.Parse(args.ElementAtOrDefault(2) ?? "3")), Number(3, 3));
        return 0;
    case "sync" when args.Length > 1:
        await LimitBenchmark.SyncAsync(args[1]);
        return 0;
    case "empty-http" when args.Length > 1:
        await EmptyServer.RunHttpAsync(int.Parse(args[1]));
        return 0;
    case "empty-smtp" when args.Length > 1:
        await EmptyServer.RunSmtpAsync(int.Parse(args[1]));
        return 0;
    case "chart" when args.Length > 2:
        ReportFiles.Draw(args[1], args[2]);
        return 0;
    case "report" when args.Length > 2:
        ReportFiles.Write(args[1], args[2], [.. args.Skip(3).Select(a => a.Split('=', 2)).Select(a => (a[0], a[1]))]);
        return 0;
    case "delayed":
        await DelayedBenchmark.RunAsync(long.Parse(args.ElementAtOrDefault(2) ?? "1000000"), TimeSpan.FromSeconds(seconds));
        return 0;
    case "fair":
        await FairBenchmark.RunAsync(int.Parse(args.ElementAtOrDefault(1) ?? "100000"));
        return 0;
    case "imap" when args.Length > 1:
        await new ImapBenchmark(int.Parse(args[1]), TimeSpan.FromSeconds(int.Parse(args.ElementAtOrDefault(2) ?? "3")), args.ElementAtOrDefault(3)?.Split(',') ?? []).RunAsync();
        return 0;
    case "mailbox":
        await MailboxBenchmark.RunAsync(long.Parse(args.ElementAtOrDefault(1) ?? "1000000"));
        return 0;
    case "mailbox-fill" when args.Length > 2:
        await MailboxBenchmark.FillAsync(args[1], QueueName.Parse("huge"), long.Parse(args[2]));
        return 0;
    case "imap-sizes" when args.Length > 3:
        await new ImapSizes(int.Parse(args[1]), int.Parse(args[2]), args[3]).RunAsync();
        return 0;
    case "postgres" when args.Length > 1:
        await using (var peers = new PeerList(new BareTable("bare loop", args[1]), new Pgmq(args[1]), EnginePeer.Of("Posthorn", args[1])))
        {
            await new PeerBenchmark(TimeSpan.FromSeconds(double.Parse(args.ElementAtOrDefault(2) ?? "3")), int.Parse(args.ElementAtOrDefault(3) ?? "3"), tidyUp: () => SqlClients.CheckpointAsync(args[1]))
                .RunAsync(peers.All, Numbers(args.ElementAtOrDefault(4) ?? "1,16,64"), Numbers(args.ElementAtOrDefault(5) ?? "1,10,100"));
        }
        await WakeBenchmark.RunAsync(args[1]);
        return 0;
    case "postgres-churn" when args.Length > 1:
        await new ChurnBenchmark(args[1]).RunAsync(long.Parse(args.ElementAtOrDefault(2) ?? "10000000"));
        return 0;
    case "postgres-shards" when args.Length > 1:
        await new ShardsBenchmark(args[1], TimeSpan.FromSeconds(double.Parse(args.ElementAtOrDefault(2) ?? "3")), Number(3, 3)).RunAsync(Numbers(args.ElementAtOrDefault(4) ?? "1,16"));
        return 0;
    case "postgres-nodes" when args.Length > 1:
        await new NodesBenchmark(args[1], TimeSpan.FromSeconds(double.Parse(args.ElementAtOrDefault(2) ?? "10"))).RunAsync(Numbers(args.ElementAtOrDefault(3) ?? "1,10,100"), Number(4, 20_000));
        return 0;
    case "queues" when args.Length > 4:
        await using (var peers = new PeerList([.. args[4..].Select(QueueSides.Of)]))
        {
            var benchmark = new PeerBenchmark(TimeSpan.FromSeconds(double.Parse(args[1])), int.Parse(args[2]), TimeSpan.FromSeconds(1.5));
            await benchmark.RunAsync(peers.All, Numbers(args[3]), [1]);
            benchmark.TellClientShare(peers.All);
        }
        return 0;
    case "answer" when args.Length > 2:
        await AnsweringServer.RunAsync(int.Parse(args[2]), args[1] == "http" ? HttpAnswers.AnswerAsync : RespAnswers.AnswerAsync);
        return 0;
    default:
        Console.Error.WriteLine("""
            Usage: Posthorn.Benchmarks journal [seconds a row [part of a row's name]]
                   Posthorn.Benchmarks growth FOLDER MESSAGES SECONDS [bytes of a body [MiB for the index]]: see bench/compare/growth.sh
                   Posthorn.Benchmarks backlog FOLDER QUEUE MESSAGES [bytes of a body]: so many wait in a queue of a journal that no server has
                   Posthorn.Benchmarks limit FOLDER [seconds a figure [rounds]]: the bare loop beside the engine
                   Posthorn.Benchmarks sync FOLDER: how long a synced block takes
                   Posthorn.Benchmarks empty-http PORT: and
                   Posthorn.Benchmarks empty-smtp PORT: the least a server can do, see bench/compare/limit.sh
                   Posthorn.Benchmarks chart PAGE FOLDER: draws the tables of a Markdown page
                   Posthorn.Benchmarks report PAGE INTRODUCTION [ROW=FILE …]: see bench/compare/run
                   Posthorn.Benchmarks delayed [seconds [messages]]
                   Posthorn.Benchmarks fair [messages in each queue]
                   Posthorn.Benchmarks imap PORT [seconds a row [row,row,…]]: a client, see bench/compare/imap.sh
                   Posthorn.Benchmarks mailbox [messages]
                   Posthorn.Benchmarks postgres CONNECTION [seconds a figure [rounds [clients,… [batch,…]]]]: see bench/compare/postgres.sh
                   Posthorn.Benchmarks postgres-churn CONNECTION [messages]: rate and tables' sizes while so many pass through
                   Posthorn.Benchmarks postgres-shards CONNECTION [seconds a figure [rounds [clients,…]]]: see bench/compare/shards.sh
                   Posthorn.Benchmarks postgres-nodes CONNECTION [seconds a figure [nodes,… [bytes of a notice]]]: what idle nodes cost the server
                   Posthorn.Benchmarks queues SECONDS ROUNDS CLIENTS,… SIDE=PLACE …: and
                   Posthorn.Benchmarks answer http|resp PORT: see bench/compare/queues.sh
                   Posthorn.Benchmarks mailbox-fill FOLDER MESSAGES: and
                   Posthorn.Benchmarks imap-sizes PORT PROCESS MAILBOX: see bench/compare/imap-sizes.sh
            """);
        return 2;
}

static int[] Numbers(string list) => [.. list.Split(',').Select(int.Parse)];

int Number(int at, int otherwise) => args.Length > at ? int.Parse(args[at]) : otherwise;
