"""What differs between two revisions of the open flow: the tab Changes, and both drawn together on the canvas."""
