using System.Runtime.InteropServices;

namespace Posthorn.Cli.Serving;

/// <summary>The signals that end the program: the first asks it to end in order, the second ends it at once.</summary>
internal sealed class EndSignals : IDisposable
{
    /// <summary>Signals closer together are one: coreutils' timeout and process-group kills send each twice.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _ended = new();
    private readonly TextWriter _error;
    private readonly TimeProvider _time;
    private readonly List<PosixSignalRegistration> _registrations;
    private long _first;

    public EndSignals(TextWriter error, TimeProvider time)
    {
        (_error, _time) = (error, time);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Ended => _ended.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _ended.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        var now = _time.GetTimestamp();
        var first = Interlocked.CompareExchange(ref _first, now, 0);
        if (first != 0 && _time.GetElapsedTime(first, now) < Together)
            return;
        if (first != 0)
        {
            // What was under way is in the journal; the next start goes on with it.
            _error.WriteLine("posthorn: ended at once by a second signal.");
            Environment.Exit(context.Signal == PosixSignal.SIGINT ? 130 : 143);
        }
        _ended.Cancel();
    }
}
