"""Services: what a fine-tuning service is asked, and how its answers become the files of a job."""
