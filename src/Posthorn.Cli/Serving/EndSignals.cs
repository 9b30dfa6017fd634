using System.Runtime.InteropServices;

namespace Posthorn.Cli.Serving;

/// <summary>The signals that end the program: the first asks it to end in order, the second ends it at once.</summary>
internal sealed class EndSignals : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly TextWriter _error;
    private readonly List<PosixSignalRegistration> _registrations;
    private int _count;

    public EndSignals(TextWriter error)
    {
        _error = error;
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
        if (Interlocked.Increment(ref _count) > 1)
        {
            // What was under way is in the journal; the next start goes on with it.
            _error.WriteLine("posthorn: ended at once by a second signal.");
            Environment.Exit(context.Signal == PosixSignal.SIGINT ? 130 : 143);
        }
        _ended.Cancel();
    }
}
