using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Server.Retrieve.Imap.Views;

/// <summary>The views of the mailboxes that are selected; each is closed when its last session has left it.</summary>
internal sealed class MailboxViews(IEngine engine)
{
    private readonly Lock _gate = new(); // guards _views and the views' Sessions
    private readonly Dictionary<QueueName, Task<MailboxView?>> _views = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _views.Count;
        }
    }

    /// <summary>Opens the view of a queue, or joins those who look at it already; <see cref="LeaveAsync"/> ends it.</summary>
    /// <returns>Null when there is no such queue.</returns>
    public async ValueTask<MailboxView?> EnterAsync(QueueName queue)
    {
        while (true)
        {
            Task<MailboxView?>? opening;
            lock (_gate)
            {
                if (!_views.TryGetValue(queue, out opening))
                    _views.Add(queue, opening = OpenAsync(queue));
            }
            MailboxView? view = null;
            try
            {
                view = await opening;
                lock (_gate)
                {
                    if (view is { IsGone: false, Sessions: >= 0 })
                    {
                        view.Sessions++;
                        return view;
                    }
                }
            }
            finally
            {
                // One that could not be opened, or whose queue was removed and may have been made again: the next one opens another.
                if (view is null or { IsGone: true } or { Sessions: < 0 })
                    Forget(queue, opening);
            }
            if (view is null)
                return null;
        }
    }

    /// <summary>A session looks at the view no more.</summary>
    public async ValueTask LeaveAsync(MailboxView view)
    {
        lock (_gate)
        {
            if (--view.Sessions > 0)
                return;
            view.Sessions = -1; // whoever was about to join opens another
            if (_views.TryGetValue(view.Queue, out var current) && current.IsCompletedSuccessfully && current.Result == view)
                _views.Remove(view.Queue);
        }
        await view.DisposeAsync();
    }

    private async Task<MailboxView?> OpenAsync(QueueName queue)
    {
        await Task.Yield(); // not under the lock
        return await MailboxView.OpenAsync(engine, queue);
    }

    private void Forget(QueueName queue, Task<MailboxView?> opening)
    {
        lock (_gate)
        {
            if (_views.GetValueOrDefault(queue) == opening)
                _views.Remove(queue);
        }
    }
}
