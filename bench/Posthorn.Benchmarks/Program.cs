using Posthorn.Benchmarks;

// dotnet run -c Release --project bench/Posthorn.Benchmarks -- journal [seconds [row]]
var seconds = args.Length > 1 ? int.Parse(args[1]) : 5;
switch (args.FirstOrDefault())
{
    case "journal":
        await JournalBenchmark.RunAsync(TimeSpan.FromSeconds(seconds), args.ElementAtOrDefault(2) ?? "");
        return 0;
    default:
        Console.Error.WriteLine("Usage: Posthorn.Benchmarks journal [seconds a row [part of a row's name]]");
        return 2;
}
