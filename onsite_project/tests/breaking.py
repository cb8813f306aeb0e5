class BreakingMiddleware:
    """Breaks whatever is asked, after what was sent has been read, as a fault of ours would."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        typed = {**request.POST.dict(), "path": request.path, "headers": dict(request.headers)}
        raise RuntimeError(f"broken, with {len(typed)} values at hand")
