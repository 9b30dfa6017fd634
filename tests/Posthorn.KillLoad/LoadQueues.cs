using Posthorn.Embedded;
using Posthorn.Journal;
using Posthorn.Queues;

namespace Posthorn.KillLoad;

/// <summary>The queues of the load: each worker has four of its own, so that it knows their order exactly; one belongs to all.</summary>
internal static class LoadQueues
{
    public const int Workers = 6;
    public const string Shared = "shared";

    private static readonly TimeSpan LongerThanAnyRun = TimeSpan.FromDays(7);

    public static string Jobs(int worker) => $"w{worker}-jobs";

    public static string Fifo(int worker) => $"w{worker}-fifo";

    /// <summary>Keeps what was consumed.</summary>
    public static string Keep(int worker) => $"w{worker}-keep";

    public static string Done(int worker) => $"w{worker}-done";

    /// <summary>Small segments and little memory, so that everything a journal does happens often: new segments, hints, rewriting, paging, bodies as files.</summary>
    public static StoreOptions Options(string folder)
    {
        var options = new StoreOptions
        {
            Data = folder,
            Journal = new JournalOptions { SegmentBytes = 256 << 10, ReserveBytes = 512 << 10, InlineBodyBytesMax = 4 << 10, RecentBytesMax = 512 << 10, IndexBytesMax = 0 },
        };
        for (var worker = 0; worker < Workers; worker++)
        {
            options
                .Queue(Jobs(worker), policy => policy with { DeduplicationWindow = LongerThanAnyRun, VisibilityTimeout = TimeSpan.FromMinutes(10) })
                .Queue(Fifo(worker), policy => policy with { IsFifo = true, VisibilityTimeout = TimeSpan.FromMinutes(10) })
                .Queue(Keep(worker), policy => policy with { KeepConsumed = LongerThanAnyRun, VisibilityTimeout = TimeSpan.FromMinutes(10) })
                .Queue(Done(worker));
        }
        return options.Queue(Shared, policy => policy with { VisibilityTimeout = TimeSpan.FromMinutes(10) });
    }
}
